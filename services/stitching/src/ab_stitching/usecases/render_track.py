"""Splices prepared reads into a track, once per address."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts.audio_profile import PROFILE_VERSION
from ab_shared.contracts.commands import RenderTrack as Command
from ab_shared.contracts.events import TrackFailed, TrackRendered
from ab_shared.contracts.media import AUDIO_TYPE, AssetRef, Segment
from ab_shared.errors import PermanentError
from ab_shared.storage.keys import track_key
from ab_shared.storage.ports import Blobs

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.track import RenderedTrack
from ab_stitching.ports import Engine, Library, ReadStore

logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class RenderTrack:
    """Doing it twice announces the same track twice and works once."""

    library: Library
    reads: ReadStore
    media: Blobs
    engine: Engine

    async def __call__(self, command: Command) -> None:
        """Announces TrackRendered, or TrackFailed with the reads that have to be made again."""
        async with self.library.begin() as unit:
            known = await unit.track(command.track_address)
            if known is not None:
                await unit.send(known)
                return
        started = time.perf_counter()
        shelf = await self.reads.fetch(command.reads)
        if shelf.missing:
            await self._fail(command, "Some reads are gone", shelf.missing)
            return
        try:
            event = await self._render(command.track_address, shelf.reads, started)
        except PermanentError as error:
            await self._fail(command, error.message, ())
            return
        async with self.library.begin() as unit:
            await unit.keep_track(event)
            await unit.send(event)

    async def _render(
        self, address: str, reads: Sequence[PreparedRead], started: float
    ) -> TrackRendered:
        async with self.engine.render(reads) as track:
            key = track_key(address)
            await self.media.put_file(key, track.path, AUDIO_TYPE)
            spent_ms = round((time.perf_counter() - started) * 1000)
            return _announcement(address, key, track, spent_ms)

    async def _fail(self, command: Command, message: str, missing: tuple[str, ...]) -> None:
        logger.warning("A track cannot be made", extra={"missing_reads": len(missing)})
        failed = TrackFailed(
            track_address=command.track_address,
            code=PermanentError.code,
            message=message,
            missing_reads=missing,
        )
        async with self.library.begin() as unit:
            # As long as the row stands, preparing again would only announce the lost read again.
            await unit.forget_prepared(missing)
            await unit.send(failed)


def _announcement(address: str, key: str, track: RenderedTrack, spent_ms: int) -> TrackRendered:
    return TrackRendered(
        track_address=address,
        asset=AssetRef(
            key=key, bytes=track.size, sha256=track.sha256, duration_ms=track.duration_ms
        ),
        loudness_lufs=round(track.lufs, 3),
        true_peak_dbtp=round(track.true_peak_db, 3),
        segments=_stretches(track.segments),
        engine_mode=track.engine_mode,
        profile_version=PROFILE_VERSION,
        render_ms=spent_ms,
        read_spans=_stretches(track.read_spans),
        waveform=track.waveform,
    )


def _stretches(voices: Sequence[Voice]) -> tuple[Segment, ...]:
    return tuple(Segment(start_ms=one.start_ms, end_ms=one.end_ms) for one in voices)
