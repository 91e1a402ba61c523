"""Sound that cannot be used ends as one announcement that says why, and as no object."""

from __future__ import annotations

import errno
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_shared.contracts import commands
from ab_shared.contracts.events import ReadPrepared, ReadRejected, TrackFailed, TrackRendered
from ab_shared.errors import ErrorCode, TransientError
from ab_shared.storage.keys import prepared_key, speech_key, track_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters import mp4
from ab_stitching.adapters.read_store import LARGEST_READ_BYTES, StoredReads
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.domain.errors import DiskFull
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.track import RenderedTrack
from ab_stitching.usecases.prepare_read import LARGEST_SPEECH_BYTES, PrepareRead
from ab_stitching.usecases.render_track import RenderTrack

Speech = Callable[[int], bytes]


def address(name: str) -> str:
    return sha256(name.encode()).hexdigest()


class Service:
    """The use cases over real sound and stores in memory."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.speech, self.prepared, self.media = MemoryBlobs(), MemoryBlobs(), MemoryBlobs()
        self.engine = Workshop(threads=1)

    @property
    def reads(self) -> StoredReads:
        """Nothing at hand: every fetch goes to the store."""
        return StoredReads(self.prepared, memory=0)

    async def prepare(self, name: str, sound: bytes) -> commands.PrepareRead:
        key = speech_key(address(name))
        await self.speech.put(key, sound, "audio/flac")
        command = commands.PrepareRead(
            speech_address=address(name),
            prepared_address=address(name + " prepared"),
            speech_key=key,
        )
        await PrepareRead(self.library, self.speech, self.reads, self.engine)(command)
        return command

    async def render(self, *reads: str) -> None:
        command = commands.RenderTrack(track_address=address("track"), reads=reads)
        await RenderTrack(self.library, self.reads, self.media, self.engine)(command)


@pytest.fixture
def service(memory_library: Any) -> Service:
    return Service(memory_library)


def float_wav(pcm: np.ndarray, rate: int = 24_000) -> bytes:
    body = pcm.astype("<f4").tobytes()
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, rate, 4 * rate, 4, 32)
    data = struct.pack("<4sI", b"data", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(head) + len(data)) + b"WAVE" + head + data


def tone(seconds: float, level: float = 0.3) -> np.ndarray:
    return level * np.sin(np.arange(round(seconds * 24_000)) / 20)


BAD: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "no bytes"),
    "zero length": (lambda wav: wav[:40] + bytes(4), "no samples"),
    "cut short": (lambda wav: wav[: len(wav) // 2], "ends before its header says"),
    "silent": (lambda _: float_wav(np.zeros(48_000)), "no sound above"),
    "a whisper in the noise": (lambda _: float_wav(tone(2, 0.0005)), "no sound above"),
    "an error message": (lambda _: b'{"error": {"code": "quota"}}', "No decoder opens"),
    "a web page": (lambda _: b"<!doctype html><title>502</title>" * 50, "No decoder opens"),
    "a picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(500), "No decoder opens"),
    "noise in a WAV's clothes": (lambda wav: wav[:12] + bytes(range(256)) * 9, "No decoder"),
    "not a number": (lambda _: float_wav(np.append(tone(1), np.nan)), "not numbers"),
    "infinite": (lambda _: float_wav(np.append(tone(1), np.inf)), "not numbers"),
    "too long": (lambda _: float_wav(tone(61)), "too long"),
    "too large": (lambda _: bytes(LARGEST_SPEECH_BYTES + 1), "larger than allowed"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_speech_is_rejected_by_address_with_the_reason(
    service: Service, speech_like: Speech, name: str
) -> None:
    spoil, reason = BAD[name]
    command = await service.prepare(name, spoil(speech_like(1)))
    (rejected,) = service.library.sent
    assert isinstance(rejected, ReadRejected)
    # The session service finds the line by this address and puts its number before the reason.
    assert rejected.speech_address == command.speech_address
    assert rejected.prepared_address == command.prepared_address
    assert rejected.code in {ErrorCode.ASSET_ERROR, ErrorCode.INTERNAL_ERROR}
    assert reason in rejected.message
    assert list(service.prepared) == []
    assert service.library.reads == {}


async def test_after_a_rejection_the_same_address_can_still_be_prepared(
    service: Service, speech_like: Speech
) -> None:
    await service.prepare("one", b"")
    await service.prepare("one", speech_like(1))
    rejected, prepared = service.library.sent
    assert isinstance(rejected, ReadRejected)
    assert isinstance(prepared, ReadPrepared)
    assert prepared.prepared


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda whole: whole[:-100],
    "one bit": lambda whole: whole[:500] + bytes([whole[500] ^ 4]) + whole[501:],
    "empty": lambda _: b"",
    "another file": lambda _: b"RIFF" + bytes(5000),
    "grown": lambda whole: whole + b"!",
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_a_damaged_read_is_named_removed_and_made_again(
    service: Service, speech_like: Speech, name: str
) -> None:
    first, second = [await service.prepare(f"read {n}", speech_like(n)) for n in range(2)]
    key = prepared_key(second.prepared_address)
    spoilt = DAMAGE[name](await service.prepared.get(key))
    await service.prepared.put(key, spoilt, "application/octet-stream")
    await service.render(first.prepared_address, second.prepared_address)
    failed = service.library.sent[-1]
    assert isinstance(failed, TrackFailed)
    assert failed.missing_reads == (second.prepared_address,)
    assert list(service.media) == []
    assert await service.prepared.head(key) is None

    await service.prepare("read 1", speech_like(1))
    await service.render(first.prepared_address, second.prepared_address)
    assert isinstance(service.library.sent[-1], TrackRendered)


async def test_an_object_that_is_too_large_to_be_a_read_fails_the_track(
    service: Service, speech_like: Speech
) -> None:
    read = await service.prepare("one", speech_like(1))
    key = prepared_key(read.prepared_address)
    await service.prepared.put(key, bytes(LARGEST_READ_BYTES + 1), "application/octet-stream")
    await service.render(*[read.prepared_address] * 2)
    failed = service.library.sent[-1]
    assert isinstance(failed, TrackFailed)
    assert failed.missing_reads == (read.prepared_address,)
    assert await service.prepared.head(key) is None


async def test_reads_that_do_not_exist_are_all_named_once(
    service: Service, speech_like: Speech
) -> None:
    read = await service.prepare("one", speech_like(1))
    nobody, nothing = address("nobody"), address("nothing")
    await service.render(nobody, read.prepared_address, nothing, nobody)
    failed = service.library.sent[-1]
    assert isinstance(failed, TrackFailed)
    assert failed.missing_reads == (nobody, nothing)
    assert list(service.media) == []
    assert read.prepared_address in service.library.reads


class Torn(MemoryBlobs):
    """A store that loses its line in the middle of everything that is put."""

    async def put(self, key: str, data: bytes, content_type: str, **options: bool) -> bool:
        raise TransientError(
            f"lost after {len(data) // 2} bytes of {key}, {content_type}, {options}"
        )


async def test_what_could_not_be_stored_is_not_known_either(
    service: Service, speech_like: Speech
) -> None:
    whole, service.prepared = service.prepared, Torn()
    with pytest.raises(TransientError):
        await service.prepare("one", speech_like(1))
    assert service.library.reads == {}
    service.prepared = whole
    read = await service.prepare("one", speech_like(1))

    service.media = Torn()
    with pytest.raises(TransientError):
        await service.render(*[read.prepared_address] * 2)
    assert service.library.tracks == {}
    assert [type(message) for message in service.library.sent] == [ReadPrepared]


async def test_a_full_disk_is_tried_again_and_shows_nothing(
    service: Service, speech_like: Speech, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = await service.prepare("one", speech_like(1))
    measured = mp4._measured

    def full(part: Path, destination: Path) -> mp4.WrittenFile:
        raise OSError(errno.ENOSPC, "No space left on device", str(destination or part))

    monkeypatch.setattr(mp4, "_measured", full)
    with pytest.raises(DiskFull) as refused:
        await service.render(*[read.prepared_address] * 2)
    # The retry ladder takes it from here; nobody is told that the track failed.
    assert isinstance(refused.value, TransientError)
    assert [type(message) for message in service.library.sent] == [ReadPrepared]
    assert list(service.media) == []

    monkeypatch.setattr(mp4, "_measured", measured)
    await service.render(*[read.prepared_address] * 2)
    assert list(service.media) == [track_key(address("track"))]


async def test_a_track_is_announced_only_after_it_can_be_fetched(
    service: Service, speech_like: Speech
) -> None:
    read = await service.prepare("one", speech_like(1))
    seen: list[list[str]] = []

    class Watching(Workshop):
        @asynccontextmanager
        async def render(self, reads: Sequence[PreparedRead]) -> AsyncIterator[RenderedTrack]:
            async with super().render(reads) as track:
                seen.append(list(service.media))
                yield track
            seen.append(list(service.media))

    service.engine = Watching(threads=1)
    await service.render(*[read.prepared_address] * 2)
    assert seen == [[], [track_key(address("track"))]]
    announced = service.library.sent[-1]
    assert isinstance(announced, TrackRendered)
    stored = await service.media.get(announced.asset.key)
    assert sha256(stored).hexdigest() == announced.asset.sha256
