"""A library in memory, and speech-like sound."""

from __future__ import annotations

import io
import sys
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ab_shared.contracts.base import Message
from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.contracts.reconciling import Kind
from ab_shared.storage.keys import prepared_key
from ab_shared.storage.reconciling import Named
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)

# Test modules are imported by path: what they share has to be found somewhere.
sys.path.insert(0, str(Path(__file__).parent))

RATE = 24_000


class MemoryLibrary:
    """Implements ``Library``; rows are kept when the block ends well."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="stitching")
        self.reads: dict[str, ReadPrepared] = {}
        self.tracks: dict[str, TrackRendered] = {}
        self.stems: dict[str, StemPublished] = {}
        self.mixdowns: dict[str, MixdownRendered] = {}

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryLibraryUnit]:
        async with self.transactions.begin() as transaction:
            yield MemoryLibraryUnit(self, transaction)

    @property
    def sent(self) -> list[Message]:
        return self.transactions.sent


class MemoryLibraryUnit(MemoryUnitOfWork):
    """Implements ``LibraryUnit``."""

    def __init__(self, library: MemoryLibrary, transaction: MemoryTransaction) -> None:
        self._library = library
        super().__init__(transaction)

    async def prepared(self, prepared_address: str) -> ReadPrepared | None:
        return self._library.reads.get(prepared_address)

    async def keep_prepared(self, read: ReadPrepared) -> None:
        self._library.reads.setdefault(read.prepared_address, read)

    async def forget_prepared(self, prepared_addresses: Sequence[str]) -> None:
        for address in prepared_addresses:
            self._library.reads.pop(address, None)

    async def track(self, track_address: str) -> TrackRendered | None:
        return self._library.tracks.get(track_address)

    async def keep_track(self, track: TrackRendered) -> None:
        self._library.tracks.setdefault(track.track_address, track)

    async def stem(self, stem_id: str) -> StemPublished | None:
        return self._library.stems.get(stem_id)

    async def keep_stem(self, stem: StemPublished) -> None:
        self._library.stems[stem.stem_id] = stem

    @property
    def census(self) -> MemoryCensus:
        return MemoryCensus(self._library)


class MemoryCensus:
    """Implements ``SoundCensus``."""

    def __init__(self, library: MemoryLibrary) -> None:
        self._library = library

    async def stored(
        self, kind: Kind, names: Sequence[str], after: str, limit: int
    ) -> Sequence[Named]:
        kept = self._kept(kind)
        chosen = [name for name in sorted(kept) if (name in names if names else name > after)]
        return [kept[name] for name in chosen[:limit]]

    async def named(self, kind: Kind, keys: Sequence[str]) -> frozenset[str]:
        return frozenset(row.key for row in self._kept(kind).values()).intersection(keys)

    async def forget(self, kind: Kind, names: Sequence[str]) -> None:
        kept = {"prepared": self._library.reads, **self._files()}[kind]
        for name in names:
            kept.pop(name, None)

    def _kept(self, kind: Kind) -> dict[str, Named]:
        if kind == "prepared":
            return {name: Named(name, prepared_key(name)) for name in self._library.reads}
        assets = {name: one.asset for name, one in self._files()[kind].items()}
        return {n: Named(n, a.key, a.bytes, a.sha256) for n, a in assets.items()}

    def _files(self) -> dict[Kind, dict[str, Any]]:
        kept = self._library
        return {"track": kept.tracks, "stem": kept.stems, "mixdown": kept.mixdowns}


@pytest.fixture
def memory_library() -> MemoryLibrary:
    return MemoryLibrary()


SpeechLike = Callable[[int], bytes]


@pytest.fixture(scope="session")
def speech_like() -> SpeechLike:
    """Makes WAV files of a second and a half of voiced bursts; each seed another one."""

    def make(seed: int) -> bytes:
        dice = np.random.default_rng(seed)
        time = np.arange(int(1.5 * RATE)) / RATE
        pitch = 120 + 40 * dice.random() + 10 * np.sin(2 * np.pi * 2 * time)
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        voice = np.add.reduce([np.sin(n * phase) / n for n in range(1, 20)])
        syllables = np.clip(np.sin(2 * np.pi * (3 + dice.random()) * time), 0, None) ** 0.5
        sound = 0.2 * voice * syllables
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        return file.getvalue()

    return make
