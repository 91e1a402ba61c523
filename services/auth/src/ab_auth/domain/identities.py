"""Users of another issuer: who they are, who has left, and how our list compares with theirs.

::

    never ──due──▶ running ──all listed, few missing──▶ finished ──a day later──▶ running
                     │ └──more missing than can be true──▶ refused ──somebody vouches──▶ running
                     └──the issuer does not answer──▶ failed ──minutes later, same place──▶ running
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

# A comparison that rested longer begins anew: what it saw on its first pages is no news any more.
STALE = timedelta(hours=6)
EVERYBODY = 100
PREFIX = re.compile(r"^[A-Za-z0-9_-]{1,32}:")
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody as another issuer names them, and the id they have or would have here."""

    issuer: str
    subject: str
    user_id: str

    @classmethod
    def named(cls, issuer: str, user_id: str) -> Outsider:
        """By their id here: the subject is what stands behind the issuer's prefix, if it has one.

        The gateway sees to it that no subject without a prefix looks as if it had one.
        """
        return cls(issuer, PREFIX.sub("", user_id, count=1), user_id)

    @property
    def digest(self) -> bytes:
        """What is remembered of them once they have left; subjects are too random to be guessed."""
        return sha256(f"{self.issuer}\n{self.subject}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody was erased here; ``gone``: because their issuer has them no more either."""

    departed_at: datetime
    gone: bool

    def bars(self, issued_at: datetime | None) -> bool:
        """Whether news of them brings nobody back; a token issued since then is a new beginning."""
        return self.gone or issued_at is None or issued_at <= self.departed_at


class ComparisonState(StrEnum):
    """How far a comparison has come."""

    NEVER = "never"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The latest comparison with an issuer's list; ``place`` is how many users have been read."""

    issuer: str
    state: ComparisonState = ComparisonState.NEVER
    due_at: datetime | None = None
    most_missing_percent: int | None = None
    holder: str | None = None
    held_until: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    place: int = 0
    listed: int = 0
    made: int = 0
    missing: int = 0
    gone: int = 0
    failures: int = 0
    reason: str | None = None

    def free_for(self, holder: str, now: datetime) -> bool:
        """Whether ``holder`` may work on it: nobody else does, or has been silent too long."""
        return self.holder in {None, holder} or self.held_until is None or self.held_until <= now

    def is_due(self, now: datetime) -> bool:
        """Whether it is time; what was left half-way is due at once."""
        return self.due_at is None or self.due_at <= now or self.state is ComparisonState.RUNNING

    def asked_for(self, now: datetime, most_missing_percent: int | None) -> Comparison:
        """Due at once, with the share of missing users that somebody vouches for."""
        return replace(self, due_at=now, most_missing_percent=most_missing_percent)

    def held(self, holder: str, until: datetime) -> Comparison:
        """In the hands of one instance."""
        return replace(self, holder=holder, held_until=until)

    def begun(self, now: datetime) -> Comparison:
        """At work: from the beginning, or where it stopped a short while ago."""
        unfinished = self.state in {ComparisonState.RUNNING, ComparisonState.FAILED}
        if unfinished and self.started_at is not None and now - self.started_at < STALE:
            return replace(self, state=ComparisonState.RUNNING, reason=None)
        return replace(
            self,
            state=ComparisonState.RUNNING,
            started_at=now,
            finished_at=None,
            place=0,
            listed=0,
            made=0,
            missing=0,
            gone=0,
            reason=None,
        )

    def ended(self, now: datetime, every: timedelta) -> Comparison:
        """Done; the next one is due after ``every``."""
        return replace(
            self._let_go(now + every),
            state=ComparisonState.FINISHED,
            finished_at=now,
            most_missing_percent=None,
            failures=0,
        )

    def refused(self, now: datetime, every: timedelta, reason: str) -> Comparison:
        """Not believed: nobody was erased."""
        ended = self.ended(now, every)
        return replace(ended, state=ComparisonState.REFUSED, reason=reason)

    def failed(self, now: datetime, reason: str) -> Comparison:
        """The issuer can't be asked; the next try comes soon, later each time, at this place."""
        pause = min(FIRST_PAUSE * 2 ** min(self.failures, 10), LONGEST_PAUSE)
        return replace(
            self._let_go(now + pause),
            state=ComparisonState.FAILED,
            failures=self.failures + 1,
            reason=reason,
        )

    def _let_go(self, due_at: datetime) -> Comparison:
        return replace(self, holder=None, held_until=None, due_at=due_at)


def too_many_missing(missing: int, known: int, percent: int) -> str | None:
    """Why so many missing users can't be true, or None when they can.

    A wrong key, an empty answer or another instance of the issuer's look like everybody leaving at
    once. One user may always be missing, but never all of them, unless somebody vouches (100 %).
    """
    if missing == 0 or percent >= EVERYBODY:
        return None
    if missing >= known:
        return "the issuer lists none of our users"
    if missing > max(1, known * percent // 100):
        return f"{missing} of {known} users are missing, more than {percent} %"
    return None
