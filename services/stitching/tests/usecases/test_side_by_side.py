"""Two instances asked for the same thing at once: one result, whoever comes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest
from ab_shared.contracts import commands
from ab_shared.contracts.base import Message
from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.stems import Stem
from ab_shared.database.transaction import Transactions
from ab_shared.storage.keys import prepared_key, speech_key, track_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.adapters.read_store import StoredReads
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.domain.track import RenderedTrack
from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.publish_stem import PublishStem
from ab_stitching.usecases.render_track import RenderTrack


def address(name: str) -> str:
    return sha256(name.encode()).hexdigest()


class Racing(Workshop):
    """Lets nobody begin before everybody has found out that the work is not done yet."""

    def __init__(self, line: asyncio.Barrier) -> None:
        super().__init__(threads=1)
        self._line = line

    async def prepare(self, raw: bytes) -> PreparedRead:
        await self._line.wait()
        return await super().prepare(raw)

    @asynccontextmanager
    async def render(self, reads: Sequence[PreparedRead]) -> AsyncIterator[RenderedTrack]:
        await self._line.wait()
        async with super().render(reads) as track:
            yield track

    @asynccontextmanager
    async def stem(self, stem: Stem) -> AsyncIterator[RenderedStem]:
        await self._line.wait()
        async with super().stem(stem) as made:
            yield made


class Counting(MemoryBlobs):
    """Remembers every content that a key ever had."""

    def __init__(self) -> None:
        super().__init__()
        self.contents: dict[str, list[bytes]] = {}

    async def put(self, key: str, data: bytes, content_type: str, **options: bool) -> bool:
        self.contents.setdefault(key, []).append(bytes(data))
        return await super().put(key, data, content_type, **options)


class Instances:
    """Two of them over the same stores, each with an engine and a memory of its own."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.speech, self.prepared, self.media = Counting(), Counting(), Counting()
        line = asyncio.Barrier(2)
        self._both = [(Racing(line), StoredReads(self.prepared, memory=8)) for _ in range(2)]

    async def prepare(self, command: commands.PrepareRead) -> None:
        cases = (PrepareRead(self.library, self.speech, reads, one) for one, reads in self._both)
        await asyncio.gather(*(case(command) for case in cases))

    async def render(self, command: commands.RenderTrack) -> None:
        cases = (RenderTrack(self.library, reads, self.media, one) for one, reads in self._both)
        await asyncio.gather(*(case(command) for case in cases))

    async def publish(self, command: commands.PublishStem) -> None:
        cases = (PublishStem(self.library, self.media, one) for one, _ in self._both)
        await asyncio.gather(*(case(command) for case in cases))


class SideBySideContract:
    """On every library: the work may be done twice, what comes of it is there once."""

    @pytest.fixture
    async def instances(self, library: Any) -> Instances:
        return Instances(library)

    async def test_reads_and_tracks_are_the_same_whoever_makes_them(
        self, instances: Instances, speech_like: Callable[[int], bytes]
    ) -> None:
        names = [f"read {n}" for n in range(2)]
        for seed, name in enumerate(names):
            key = speech_key(address(name))
            await instances.speech.put(key, speech_like(seed), "audio/wav")
            prepared = address(name + " prepared")
            await instances.prepare(
                commands.PrepareRead(
                    speech_address=address(name), prepared_address=prepared, speech_key=key
                )
            )
            first, second = instances.prepared.contents[prepared_key(prepared)]
            assert first == second

        reads = tuple(address(name + " prepared") for name in names)
        await instances.render(commands.RenderTrack(track_address=address("track"), reads=reads))
        key = track_key(address("track"))
        first, second = instances.media.contents[key]
        assert first == second
        async with instances.library.begin() as unit:
            track = await unit.track(address("track"))
            assert track is not None
            assert track.asset.sha256 == sha256(first).hexdigest()
            for read in reads:
                assert await unit.prepared(read) is not None
        assert list(instances.media) == [key]

    async def test_a_stem_is_the_same_whoever_makes_it(self, instances: Instances) -> None:
        await instances.publish(commands.PublishStem(stem_id="solfeggio_40"))
        (key,) = instances.media
        first, second = instances.media.contents[key]
        assert first == second
        async with instances.library.begin() as unit:
            stem = await unit.stem("solfeggio_40")
        assert stem is not None
        assert stem.asset.key == key


class TestInMemory(SideBySideContract):
    @pytest.fixture
    def library(self, memory_library: Any) -> Any:
        return memory_library

    async def test_both_announce_and_a_third_works_no_more(
        self, instances: Instances, memory_library: Any, speech_like: Callable[[int], bytes]
    ) -> None:
        key = speech_key(address("one"))
        await instances.speech.put(key, speech_like(1), "audio/wav")
        command = commands.PrepareRead(
            speech_address=address("one"), prepared_address=address("two"), speech_key=key
        )
        await instances.prepare(command)
        third = PrepareRead(
            memory_library, MemoryBlobs(), StoredReads(MemoryBlobs(), 0), Workshop(threads=1)
        )
        await third(command)
        sent: list[Message] = memory_library.sent
        assert [type(message) for message in sent] == [ReadPrepared] * 3
        assert [getattr(message, "prepared", None) for message in sent] == [True, True, False]

    async def test_every_kind_is_announced_by_each(
        self, instances: Instances, memory_library: Any
    ) -> None:
        await instances.publish(commands.PublishStem(stem_id="solfeggio_40"))
        one, other = memory_library.sent
        assert isinstance(one, StemPublished)
        assert one == other
        assert not any(isinstance(message, TrackRendered) for message in memory_library.sent)


@pytest.mark.real
class TestPostgres(SideBySideContract):
    @pytest.fixture
    async def library(self, database: Any) -> PostgresLibrary:
        engine = (await database("stitching")).engine
        return PostgresLibrary(Transactions(engine, producer="stitching", relay=None))
