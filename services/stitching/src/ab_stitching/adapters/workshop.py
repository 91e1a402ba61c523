"""The sound engine behind a bound: so many sounds at once, each in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ab_shared.contracts.audio_profile import PROFILE_VERSION
from ab_shared.contracts.stems import Stem

from ab_stitching.adapters import engine, stem_engine
from ab_stitching.adapters.metrics import count_track, timing
from ab_stitching.adapters.scratch import scratch_folder
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.domain.track import RenderedTrack


class Workshop:
    """Implements ``ports.Engine``; stems, which take seconds, never keep a listener waiting."""

    def __init__(self, threads: int) -> None:
        self._places = asyncio.Semaphore(threads)
        # No time limits here: a thread cannot be stopped. What goes in is bounded instead: bytes,
        # seconds of sound, lines of a session.
        self._stem_place = asyncio.Semaphore(1)

    async def prepare(self, raw: bytes) -> PreparedRead:
        """As ``engine.prepare_read``."""
        async with self._places:
            with timing("read") as sound:
                read = await asyncio.to_thread(engine.prepare_read, raw)
                sound.append(read.duration_ms / 1000)
            return read

    @asynccontextmanager
    async def render(self, reads: Sequence[PreparedRead]) -> AsyncIterator[RenderedTrack]:
        """As ``engine.render_track``, in a folder that is gone after the block."""
        with scratch_folder() as folder:
            async with self._places:
                target = folder / "track.m4a"
                with timing("track") as sound:
                    track = await asyncio.to_thread(engine.render_track, reads, target)
                    sound.append(track.duration_ms / 1000)
            count_track(track, PROFILE_VERSION)
            yield track

    @asynccontextmanager
    async def stem(self, stem: Stem) -> AsyncIterator[RenderedStem]:
        """As ``stem_engine.render_stem``, in a folder that is gone after the block."""
        with scratch_folder() as folder:
            async with self._stem_place:
                target = folder / "stem.m4a"
                with timing("stem") as sound:
                    made = await asyncio.to_thread(stem_engine.render_stem, stem, target)
                    sound.append(made.duration_ms / 1000)
            yield made
