"""Prompt templates and the writer's book, in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ab_session.domain.prompts import PromptVersion, State
from ab_session.domain.spending import DaySpent, Limits, Usage


class MemoryPrompts:
    """Implements ``PromptShelf`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    async def all(self) -> Mapping[str, Sequence[PromptVersion]]:
        found: dict[str, list[PromptVersion]] = {}
        for version in sorted(self._rows.prompts.values(), key=lambda v: (v.key, -v.number)):
            found.setdefault(version.key, []).append(version)
        return found

    async def given(self) -> Mapping[str, Sequence[PromptVersion]]:
        given = {State.ACTIVE, State.TRIAL}
        every = await self.all()
        return {key: [v for v in versions if v.state in given] for key, versions in every.items()}

    async def hold(self, key: str) -> Sequence[PromptVersion]:
        return (await self.all()).get(key, [])

    async def add(self, version: PromptVersion) -> None:
        assert (version.key, version.number) not in self._rows.prompts
        self._rows.prompts[version.key, version.number] = version

    async def save(self, versions: Sequence[PromptVersion]) -> None:
        for version in versions:
            self._rows.prompts[version.key, version.number] = version


class MemoryWriting:
    """Implements ``WriterBook`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    async def reserve(self, day: date, micros: int, limits: Limits) -> bool:
        spent = await self.spent(day)
        if spent.calls >= limits.calls:
            return False
        if spent.micros + spent.reserved + micros > limits.micros:
            return False
        after = DaySpent(spent.calls + 1, spent.reserved + micros, spent.micros)
        self._rows.writer_days[day] = after
        return True

    async def settle(self, day: date, reserved: int, micros: int, usage: Usage) -> None:
        del usage
        spent = await self.spent(day)
        after = DaySpent(spent.calls, spent.reserved - reserved, spent.micros + micros)
        self._rows.writer_days[day] = after

    async def spent(self, day: date) -> DaySpent:
        return self._rows.writer_days.get(day, DaySpent())

    async def titles_of(self, user_id: str) -> frozenset[str]:
        rows = self._rows.sessions.values()
        return frozenset(row.title for row in rows if row.owner_user_id in {None, user_id})
