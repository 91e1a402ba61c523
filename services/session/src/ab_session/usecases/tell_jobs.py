"""Shows operators how many jobs wait, and since when."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.runtime.clock import Clock

from ab_session.backlog_ports import JobBacklog
from ab_session.usecases.job_metrics import KINDS, OLDEST, OPEN

# Every instance looks for itself, and all see the same rows.
EVERY_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class TellJobs:
    """Never on Prometheus' own time: a slow database must not make metrics late."""

    backlog: JobBacklog
    clock: Clock

    async def __call__(self) -> None:
        """A kind without open jobs shows 0, not what it showed before."""
        waiting, now = await self.backlog.waiting(), self.clock()
        for kind in KINDS:
            found = waiting.get(kind)
            OPEN.labels(kind).set(found.number if found else 0)
            OLDEST.labels(kind).set((now - found.oldest).total_seconds() if found else 0)
