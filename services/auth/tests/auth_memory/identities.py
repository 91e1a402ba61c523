"""News of other issuers' users in memory, and an issuer whose list a test writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from ab_auth.domain.identities import Comparison, Departure, Outsider
from ab_shared.contracts.privacy import PrivacyJob, PrivacyJobState, RequestErasure


@dataclass
class Known:
    """What is kept of a subject besides whose it is."""

    made_at: datetime
    changed_at: datetime | None = None
    listed_at: datetime | None = None


@dataclass
class News:
    """Everything that is kept of other issuers' users."""

    known: dict[tuple[str, str], Known] = field(default_factory=dict)
    departures: dict[bytes, Departure] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    comparisons: dict[str, Comparison] = field(default_factory=dict)


class MemoryIdentities:
    """The part of a unit that is about other issuers' users."""

    rows: Any

    def _known(self, issuer: str) -> list[tuple[Outsider, Known]]:
        found = [(key, user) for key, user in self.rows.identities.items() if key[0] == issuer]
        return [(Outsider(*key, user), self._of(key, user)) for key, user in sorted(found)]

    def _of(self, key: tuple[str, str], user_id: str) -> Known:
        made_at = self.rows.users[user_id].created_at
        found: Known = self.rows.news.known.setdefault(key, Known(made_at))
        return found

    async def hold_outsider(self, who: Outsider) -> None:
        """Transactions come one at a time here."""

    async def first_event(self, event_id: str) -> bool:
        new = event_id not in self.rows.news.events
        self.rows.news.events.add(event_id)
        return new

    async def event_taken(self, event_id: str) -> bool:
        return event_id in self.rows.news.events

    async def note_change(self, who: Outsider, changed_at: datetime) -> bool:
        key = (who.issuer, who.subject)
        if key not in self.rows.identities:
            return False
        known = self._of(key, self.rows.identities[key])
        if known.changed_at is not None and known.changed_at >= changed_at:
            return False
        known.changed_at = changed_at
        return True

    async def outsider(self, user_id: str) -> Outsider | None:
        found = [key for key, user in self.rows.identities.items() if user == user_id]
        return Outsider(*found[0], user_id) if found else None

    async def departure(self, who: Outsider) -> Departure | None:
        found: Departure | None = self.rows.news.departures.get(who.digest)
        return found

    async def keep_departure(self, who: Outsider, departure: Departure) -> None:
        before = self.rows.news.departures.get(who.digest, departure)
        later = max(before.departed_at, departure.departed_at)
        self.rows.news.departures[who.digest] = Departure(later, before.gone or departure.gone)

    async def forget_departure(self, who: Outsider) -> None:
        self.rows.news.departures.pop(who.digest, None)

    async def mark_listed(
        self, issuer: str, subjects: Collection[str], at: datetime
    ) -> frozenset[str]:
        listed = [(who, known) for who, known in self._known(issuer) if who.subject in subjects]
        for _, known in listed:
            known.listed_at = at
        return frozenset(who.subject for who, _ in listed)

    def _missing(self, issuer: str, since: datetime) -> list[Outsider]:
        return [
            who
            for who, known in self._known(issuer)
            if known.made_at < since and (known.listed_at is None or known.listed_at < since)
        ]

    async def missing(self, issuer: str, since: datetime, limit: int) -> Sequence[Outsider]:
        return self._missing(issuer, since)[:limit]

    async def count_missing(self, issuer: str, since: datetime) -> tuple[int, int]:
        old = [who for who, known in self._known(issuer) if known.made_at < since]
        return len(self._missing(issuer, since)), len(old)

    async def hold_comparison(self, issuer: str) -> Comparison:
        found: Comparison = self.rows.news.comparisons.setdefault(issuer, Comparison(issuer))
        return found

    async def keep_comparison(self, comparison: Comparison) -> None:
        self.rows.news.comparisons[comparison.issuer] = comparison


@dataclass
class Listed:
    """Implements ``IssuerUsers``; ``trouble`` is raised by the next calls, in order."""

    subjects: list[str] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)
    trouble: list[Exception] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    between: Callable[[], Awaitable[None]] | None = None

    async def users_page(self, place: int, limit: int) -> Sequence[str]:
        self.pages.append(place)
        await self._stumble()
        return self.subjects[place : place + limit]

    async def has(self, subject: str) -> bool:
        self.asked.append(subject)
        await self._stumble()
        return subject in self.subjects or subject in self.unlisted

    async def _stumble(self) -> None:
        if self.between is not None:
            await self.between()
        if self.trouble:
            raise self.trouble.pop(0)


@dataclass
class Eraser:
    """Implements ``Erasing``: notes who is to go. ``fails_with`` is raised once."""

    asked: list[RequestErasure] = field(default_factory=list)
    fails_with: Exception | None = None

    async def __call__(self, request: RequestErasure) -> PrivacyJobState:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
        self.asked.append(request)
        now = datetime.now().astimezone()
        job = PrivacyJob(
            id=uuid4(),
            kind="erasure",
            state="processing",
            stage="erasing",
            progress=0,
            created_at=now,
            version=1,
        )
        return PrivacyJobState(job=job)
