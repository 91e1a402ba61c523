"""One generation taken from a user's day: reserved, then kept or given back.

::

    (none) ──reserve──▶ pending ──commit──▶ committed
                        │     ▲                 ▲
            release, lapse    reserve           │
                        ▼     │                 │
                       released ──────commit────┘

A pending reservation counts until it expires, whether or not somebody has written that down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, TypeAlias
from uuid import UUID

Outcome: TypeAlias = Literal["committed", "released"]


class State(StrEnum):
    """Where a reservation stands."""

    PENDING = "pending"
    COMMITTED = "committed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A generation of one day; it belongs to that day whenever it is settled.

    ``characters`` is the most its job may send to a provider: it counts until the job has ended.
    """

    id: UUID
    user_id: str
    day: date
    state: State
    reserved_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None
    characters: int = 0

    @property
    def held(self) -> bool:
        """Whether the ledger has it as spent."""
        return self.state is not State.RELEASED

    def counts(self, now: datetime) -> bool:
        """Whether it is spent at ``now``: committed, or pending and not expired."""
        return self.state is State.COMMITTED or (
            self.state is State.PENDING and now < self.expires_at
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
