"""Answers what was measured on a session's track."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc

from ab_session.domain.balance import voice_to_bed
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem, Track
from ab_session.ports import Store
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.get_session import track_of


@dataclass(frozen=True, slots=True)
class GetAudioReport:
    """Reads only."""

    store: Store

    async def __call__(self, request: rpc.GetAudioReport) -> rpc.AudioReport:
        """The report; NotFound for somebody else's session, AudioNotReady before its track."""
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            track = await track_of(unit, session)
            stems = await unit.sounds.stems(session.stem_ids)
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
            voice_to_bed_lu=_voice_to_bed(session, track, stems),
            instead_of=session.recipe.instead_of if session.recipe else None,
        )


def _voice_to_bed(session: Session, track: Track, stems: dict[str, PublishedStem]) -> float | None:
    """In the mix that the bundle names; None until both beds exist."""
    brain, background = (stems.get(stem_id) for stem_id in session.stem_ids)
    if brain is None or background is None:
        return None
    mix = rpc.Mix()
    beds = ((brain.loudness_lufs, mix.binaural), (background.loudness_lufs, mix.background))
    return voice_to_bed((track.loudness_lufs, mix.affirmations), beds)
