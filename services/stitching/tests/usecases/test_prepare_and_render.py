"""Reads are prepared once and tracks rendered once, whatever is asked twice or gone."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from ab_shared.contracts import commands
from ab_shared.contracts.events import (
    ReadPrepared,
    ReadRejected,
    StemFailed,
    TrackFailed,
    TrackRendered,
)
from ab_shared.errors import DependencyUnavailable
from ab_shared.storage.keys import prepared_key, speech_key, track_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters.read_store import StoredReads
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.publish_stem import PublishStem
from ab_stitching.usecases.render_track import RenderTrack


def address(name: str) -> str:
    return sha256(name.encode()).hexdigest()


class Service:
    """The use cases over real sound and stores in memory."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.speech, self.prepared, self.media = MemoryBlobs(), MemoryBlobs(), MemoryBlobs()
        self.engine = Workshop(threads=1)
        self.restart()

    def restart(self) -> None:
        reads = StoredReads(self.prepared, memory=8)
        self.prepare = PrepareRead(self.library, self.speech, reads, self.engine)
        self.render = RenderTrack(self.library, reads, self.media, self.engine)

    async def speak(self, name: str, sound: bytes) -> commands.PrepareRead:
        key = speech_key(address(name))
        await self.speech.put(key, sound, "audio/wav")
        return commands.PrepareRead(
            speech_address=address(name),
            prepared_address=address(name + " prepared"),
            speech_key=key,
        )


@pytest.fixture
def service(memory_library: Any) -> Service:
    return Service(memory_library)


@pytest.fixture
async def track(service: Service, speech_like: Callable[[int], bytes]) -> commands.RenderTrack:
    reads = [await service.speak(f"read {n}", speech_like(n)) for n in range(2)]
    for read in reads:
        await service.prepare(read)
    addresses = tuple(read.prepared_address for read in reads)
    return commands.RenderTrack(track_address=address("track"), reads=addresses)


async def test_a_read_is_prepared_once(
    service: Service, speech_like: Callable[[int], bytes]
) -> None:
    command = await service.speak("one", speech_like(1))
    await service.prepare(command)
    await service.speech.delete(command.speech_key)
    await service.prepare(command)
    first, second = service.library.sent
    assert isinstance(first, ReadPrepared)
    assert (first.prepared, second.prepared) == (True, False)
    assert first.duration_ms == second.duration_ms
    assert await service.prepared.head(prepared_key(command.prepared_address))


@pytest.mark.parametrize("sound", [b"", b"not sound at all", b"RIFF\x00\x00\x00\x00WAVE"])
async def test_sound_nobody_can_use_is_rejected_and_leaves_no_object(
    service: Service, sound: bytes
) -> None:
    command = await service.speak("broken", sound)
    await service.prepare(command)
    (rejected,) = service.library.sent
    assert isinstance(rejected, ReadRejected)
    assert rejected.code == "ASSET_ERROR"
    assert await service.prepared.head(prepared_key(command.prepared_address)) is None
    assert not service.library.reads


async def test_missing_speech_is_rejected(service: Service) -> None:
    command = await service.speak("gone", b"x")
    await service.speech.delete(command.speech_key)
    await service.prepare(command)
    assert isinstance(service.library.sent[0], ReadRejected)


async def test_a_track_is_rendered_once_and_measured(
    service: Service, track: commands.RenderTrack
) -> None:
    await service.render(track)
    stored = await service.media.get(track_key(track.track_address))
    service.prepared = MemoryBlobs()
    service.restart()
    await service.render(track)
    first, again = service.library.sent[-2:]
    assert isinstance(first, TrackRendered)
    assert again == first
    assert first.asset.sha256 == sha256(stored).hexdigest()
    assert first.asset.bytes == len(stored)
    assert abs(first.loudness_lufs + 20) <= 0.3
    assert first.true_peak_dbtp <= -1.5
    assert stored[4:8] == b"ftyp"


@pytest.mark.parametrize("damage", ["gone", "altered"])
async def test_missing_or_damaged_reads_are_named_and_can_be_made_again(
    service: Service, track: commands.RenderTrack, damage: str
) -> None:
    key = prepared_key(track.reads[1])
    if damage == "gone":
        await service.prepared.delete(key)
    else:
        whole = await service.prepared.get(key)
        await service.prepared.put(key, whole[:-1] + b"?", "application/octet-stream")
    service.restart()
    await service.render(track)
    failed = service.library.sent[-1]
    assert isinstance(failed, TrackFailed)
    assert failed.missing_reads == (track.reads[1],)
    assert track.reads[1] not in service.library.reads
    assert await service.prepared.head(key) is None
    assert await service.media.head(track_key(track.track_address)) is None


async def test_a_stem_nobody_knows_fails_by_name(service: Service) -> None:
    publish = PublishStem(service.library, service.media, service.engine)
    await publish(commands.PublishStem(stem_id="gamma_1000hz"))
    (failed,) = service.library.sent
    assert isinstance(failed, StemFailed)
    assert "gamma_1000hz" in failed.message


async def test_an_outage_of_the_store_is_not_a_rejection(service: Service) -> None:
    class Away(MemoryBlobs):
        async def get(self, key: str, *, max_bytes: int = 0) -> bytes:
            raise DependencyUnavailable(f"{key} of {max_bytes} bytes is away")

    prepare = PrepareRead(service.library, Away(), StoredReads(service.prepared, 8), service.engine)
    with pytest.raises(DependencyUnavailable):
        await prepare(await service.speak("one", b"x"))
    assert service.library.sent == []
