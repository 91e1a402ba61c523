"""Answers which line is spoken when."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import captions
from ab_shared.errors import AudioNotReady

from ab_session.domain.captions import cues
from ab_session.ports import Store
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.get_session import track_of
from ab_session.usecases.start_job import StartJob


@dataclass(frozen=True, slots=True)
class GetCaptions:
    """Reads only; the text stays with the session, for listeners share a track's file."""

    store: Store
    start: StartJob

    async def __call__(self, request: captions.GetCaptions) -> captions.Captions:
        """The cues; NotFound for somebody else's session, AudioNotReady before its track."""
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            track = await track_of(unit, session)
            plan = self.start.plan(session)
            # Lines that were edited since are not those of the track that plays.
            if plan is None or plan.track_address != track.track_address or not track.read_spans:
                raise AudioNotReady("The captions of this session are not ready yet")
            times = await unit.sounds.word_times(plan.sequence)
        return captions.Captions(
            session_id=session.id,
            track_address=track.track_address,
            duration_ms=track.asset.duration_ms,
            cues=cues(plan.reads, track.read_spans, times),
        )
