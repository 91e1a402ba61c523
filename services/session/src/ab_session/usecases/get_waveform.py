"""Answers what a player draws of a track."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import captions
from ab_shared.errors import AudioNotReady

from ab_session.ports import Store
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.get_session import track_of


@dataclass(frozen=True, slots=True)
class GetWaveform:
    """Reads only."""

    store: Store

    async def __call__(self, request: captions.GetWaveform) -> captions.Waveform:
        """The peaks; NotFound for somebody else's session, AudioNotReady before its track."""
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            track = await track_of(unit, session)
        if not track.waveform:
            raise AudioNotReady("The waveform of this session is not ready yet")
        return captions.Waveform(
            session_id=session.id,
            track_address=track.track_address,
            duration_ms=track.asset.duration_ms,
            peaks=track.waveform,
        )
