"""A track exists: every job that waited for it is done, once its stems are there too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.events import TrackRendered
from ab_shared.runtime.clock import Clock

from ab_session.domain.job import Made
from ab_session.domain.sounds import Track
from ab_session.ports import Store
from ab_session.usecases.erase_user import came_late
from ab_session.usecases.record_move import move_all


@dataclass(frozen=True, slots=True)
class OnTrackRendered:
    """Two sessions with the same lines and voice share one track."""

    store: Store
    clock: Clock

    async def __call__(self, event: TrackRendered) -> None:
        """Hearing it again moves nothing."""
        at = self.clock()
        async with self.store.begin() as unit:
            jobs = await unit.jobs.waiting_for_track(event.track_address)
            if not jobs and await came_late(unit, "track", event.track_address):
                return
            fresh = await unit.sounds.track_rendered(Track.heard(event, at))
            await move_all(
                unit,
                jobs,
                at,
                made=_made(event) if fresh else None,
                took=timedelta(milliseconds=event.render_ms),
            )


def _made(event: TrackRendered) -> Made:
    return Made(tracks=1, rendered_ms=event.asset.duration_ms, render_ms=event.render_ms)
