"""What the gateway keeps of a job between two changes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.jobs import JobSnapshot

FRESH_SECONDS = 10.0
"""An unfinished snapshot is believed this long without news: an event may have been missed."""
READABLE = timedelta(days=1)
"""How long whoever knows an erasure's id may see it after its end: auth says the same."""


@dataclass(frozen=True, slots=True)
class KeptJob:
    """A snapshot, whose job it is, and when (Unix seconds) it was last known to be true."""

    owner_user_id: str | None
    snapshot: JobSnapshot
    kept_at: float

    def answers(self, user_id: str, now: float) -> bool:
        """Whether this may be shown to ``user_id`` without asking the session service."""
        if self.owner_user_id != user_id and not self.opened_by_id(now):
            return False
        return is_over(self.snapshot) or now - self.kept_at < FRESH_SECONDS

    def opened_by_id(self, now: float) -> bool:
        """Whether it is an erasure that whoever knows its id may still see."""
        if not is_erasure(self.snapshot):
            return False
        end = self.snapshot.finished_at
        # What is kept lives a day from when auth was last asked, which may be long after the end.
        return end is None or now - end.timestamp() < READABLE.total_seconds()


def is_erasure(snapshot: JobSnapshot) -> bool:
    """Whether whoever knows a job's id may see it: nothing in it tells whose it is."""
    return snapshot.type == "erasure"


def is_over(snapshot: JobSnapshot) -> bool:
    """Whether a job will never change again."""
    return snapshot.status in {"completed", "failed"}
