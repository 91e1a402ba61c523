"""What the use cases need to know of where listeners are, what they did and what they saw."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ab_session.domain.curation.facts import Candidate, Recipe
from ab_session.domain.listening.events import Listened
from ab_session.domain.listening.tallies import Tally


class Zones(Protocol):
    """The zones of listeners' profiles, inside one transaction."""

    async def zone_of(self, user_id: str) -> str:
        """An IANA name, as it was told; UTC for whoever told none."""
        ...

    async def keep_zone(self, user_id: str, zone: str, version: int) -> bool:
        """Keeps it unless newer news was heard; whether it did."""
        ...


class Listening(Protocol):
    """What listeners did, inside one transaction."""

    async def hold(self, user_id: str) -> None:
        """Nobody else records events of this user before this transaction ends."""
        ...

    async def known(self, user_id: str, event_ids: Collection[str]) -> frozenset[str]:
        """Which of these events of a user are kept already."""
        ...

    async def playable(self, user_id: str, session_ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these sessions are the catalogue's or the user's own."""
        ...

    async def add(self, events: Sequence[Listened]) -> None:
        """Keeps new events of one user who is held, and counts anew what they touch."""
        ...

    async def tallies(self, user_id: str, recent_since: date) -> Sequence[Tally]:
        """All that was counted, a row for each session and hour."""
        ...

    async def forget_events(self, before: datetime, limit: int) -> int:
        """Deletes some of what is older; how many. What was counted stays."""
        ...


class Shelves(Protocol):
    """What may be shown and what was, inside one transaction."""

    async def candidates(self, user_id: str, limit: int) -> Sequence[Candidate]:
        """The catalogue, and the user's own: the newest, and those they listened to."""
        ...

    async def shown(self, user_id: str, since: date) -> Sequence[tuple[date, Recipe]]:
        """What was on the shelf on each day from ``since`` on."""
        ...

    async def show(self, user_id: str, day: date, recipes: Collection[Recipe]) -> None:
        """Remembers it; again changes nothing."""
        ...

    async def forget_shown(self, before: date, limit: int) -> int:
        """Deletes some of what is older; how many."""
        ...


class ListeningUnit(Protocol):
    """That part of a transaction of this service."""

    @property
    def zones(self) -> Zones:
        """Where listeners are."""
        ...

    @property
    def listening(self) -> Listening:
        """What they did."""
        ...

    @property
    def shelves(self) -> Shelves:
        """What they may be shown, and were."""
        ...
