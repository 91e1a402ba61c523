"""What listeners did and saw, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ab_session.domain.curation.facts import Candidate, Recipe
from ab_session.domain.listening.clocks import DEFAULT_ZONE
from ab_session.domain.listening.events import Listened
from ab_session.domain.listening.tallies import Tally, tally


class MemoryZones:
    """Implements ``Zones``."""

    def __init__(self, rows: Any) -> None:
        self._zones: dict[str, tuple[str, int]] = rows.zones

    async def zone_of(self, user_id: str) -> str:
        return self._zones.get(user_id, (DEFAULT_ZONE, 0))[0]

    async def keep_zone(self, user_id: str, zone: str, version: int) -> bool:
        if self._zones.get(user_id, ("", 0))[1] >= version:
            return False
        self._zones[user_id] = (zone, version)
        return True


class MemoryListening:
    """Implements ``Listening``; transactions run one by one, so nobody need be held."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self._events: dict[tuple[str, str], Listened] = rows.events
        self._past: dict[tuple[str, str], Listened] = rows.past_events

    async def hold(self, user_id: str) -> None:
        """Nobody else is at work."""

    async def known(self, user_id: str, event_ids: Collection[str]) -> frozenset[str]:
        return frozenset(name for name in event_ids if (user_id, name) in self._events)

    async def playable(self, user_id: str, session_ids: Collection[UUID]) -> frozenset[UUID]:
        found = (self._rows.sessions.get(session_id) for session_id in session_ids)
        return frozenset(s.id for s in found if s is not None and s.readable_by(user_id))

    async def add(self, events: Sequence[Listened]) -> None:
        for event in events:
            self._events.setdefault((event.user_id, event.client_event_id), event)

    async def tallies(self, user_id: str, recent_since: date) -> Sequence[Tally]:
        everything = [*self._past.values(), *self._events.values()]
        return tally([event for event in everything if event.user_id == user_id], recent_since)

    async def forget_events(self, before: datetime, limit: int) -> int:
        old = [key for key, event in self._events.items() if event.occurred_at < before][:limit]
        for key in old:
            # What was counted stays.
            self._past[key] = self._events.pop(key)
        return len(old)


class MemoryShelves:
    """Implements ``Shelves``."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self._shown: dict[tuple[str, date, Recipe], None] = rows.shown

    async def candidates(self, user_id: str, limit: int) -> Sequence[Candidate]:
        readable = [s for s in self._rows.sessions.values() if s.readable_by(user_id)]
        readable.sort(key=lambda session: session.created_at, reverse=True)
        own = [session for session in readable if session.owner_user_id is not None][:limit]
        return [
            Candidate(
                *(s.id, s.title, s.goal_tag, s.voice_id, s.layer, s.owner_user_id is not None),
                lines=len(s.lines),
            )
            for s in readable
            if s.owner_user_id is None or s in own
        ]

    async def shown(self, user_id: str, since: date) -> Sequence[tuple[date, Recipe]]:
        own = ((day, recipe) for user, day, recipe in self._shown if user == user_id)
        return [(day, recipe) for day, recipe in own if day >= since]

    async def show(self, user_id: str, day: date, recipes: Collection[Recipe]) -> None:
        self._shown.update(dict.fromkeys((user_id, day, recipe) for recipe in recipes))

    async def forget_shown(self, before: date, limit: int) -> int:
        old = [key for key in self._shown if key[1] < before][:limit]
        for key in old:
            del self._shown[key]
        return len(old)
