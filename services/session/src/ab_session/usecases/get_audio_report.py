"""Answers what was measured on a session's track."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.errors import AudioNotReady

from ab_session.ports import Store
from ab_session.usecases.get_session import readable


@dataclass(frozen=True, slots=True)
class GetAudioReport:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetAudioReport) -> rpc.AudioReport:
        """The report; NotFound for somebody else's session, AudioNotReady before its track."""
        async with self.store.begin() as unit:
            session = await readable(unit, request.session_id, request.user_id)
            address = session.audio.track_address if session.audio else None
            track = await unit.sounds.track(address) if address else None
        if track is None:
            raise AudioNotReady("The audio of this session is not ready yet")
        return rpc.AudioReport(
            session_id=session.id,
            track_address=track.track_address,
            asset=track.asset,
            loudness_lufs=track.loudness_lufs,
            true_peak_dbtp=track.true_peak_dbtp,
            engine_mode=track.engine_mode,
            profile_version=track.profile_version,
            render_ms=track.render_ms,
            segments=track.segments,
        )
