"""One generation taken from a user's day: reserved, then kept or given back.

::

    (none) ──reserve──▶ pending ──commit──▶ committed
                        │     ▲                 ▲
                     release  reserve           │
                        ▼     │                 │
                       released ──────commit────┘

A pending reservation older than an hour counts as released, without anybody having to say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias
from uuid import UUID

from ab_shared.contracts.rpc import Entitlement
from ab_shared.errors import Conflict, FreeLimitReached

# A job ends after ten minutes without a move; an hour also covers an outage of the messages.
HOLD = timedelta(hours=1)
Outcome: TypeAlias = Literal["committed", "released"]


class State(StrEnum):
    """Where a reservation stands."""

    PENDING = "pending"
    COMMITTED = "committed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A generation of one UTC day; it belongs to that day whenever it is settled."""

    id: UUID
    user_id: str
    day: date
    state: State
    reserved_at: datetime
    settled_at: datetime | None = None

    def counts(self, now: datetime) -> bool:
        """Whether it is spent at ``now``: committed, or pending and not lapsed."""
        return self.state is State.COMMITTED or (
            self.state is State.PENDING and self.reserved_at > held_since(now)
        )

    def settled(self, outcome: Outcome, now: datetime) -> Reservation:
        """The reservation after its job has ended; saying so again changes nothing.

        A commit always counts, even after a lapse or a release: the audio was made. Nothing
        undoes a commit.
        """
        state = State(outcome)
        if self.state in {State.COMMITTED, state}:
            return self
        return replace(self, state=state, settled_at=now)


def held_since(now: datetime) -> datetime:
    """Pending reservations made at this instant or before have lapsed."""
    return now - HOLD


def day_of(now: datetime) -> date:
    """The UTC day an instant belongs to."""
    return now.astimezone(UTC).date()


def reserve(
    found: Reservation | None,
    reservation_id: UUID,
    user_id: str,
    allowed: Entitlement,
    now: datetime,
) -> Reservation:
    """The reservation after asking for it: ``found`` itself when it is spent already.

    Args:
        found: what is known under this id, if anything.
        reservation_id: the id of the reservation.
        user_id: who asks.
        allowed: what this user may do at ``now``.
        now: an aware instant; its UTC day is charged.

    Raises:
        Conflict: the id belongs to another user.
        FreeLimitReached: nothing is left today.
    """
    if found is not None and found.user_id != user_id:
        raise Conflict("This reservation belongs to somebody else")
    if found is not None and found.counts(now):
        return found
    if allowed.remaining_today == 0:
        raise _limit_reached(allowed, now)
    return Reservation(reservation_id, user_id, day_of(now), State.PENDING, reserved_at=now)


def _limit_reached(allowed: Entitlement, now: datetime) -> FreeLimitReached:
    midnight = datetime.combine(day_of(now) + timedelta(days=1), time(), UTC)
    return FreeLimitReached(
        "Today's free generations are used up; new ones come at midnight UTC",
        details={
            "dailyGenerations": allowed.daily_generations,
            "renewsAt": midnight.isoformat().replace("+00:00", "Z"),
        },
    )
