"""What listeners told of themselves and their programs, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ab_session.domain.listener import CurationWishes, DoneDay, Enrolment, PathStep, ValueRow
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.domain.programs import Programs, path_step
from ab_shared.contracts.preferences import Preferences

from session_memory.sounds import Rows


@dataclass(frozen=True)
class Listener:
    values: tuple[ValueRow, ...] = ()
    struggle: str | None = None
    preferences: Preferences | None = None
    curation: CurationWishes | None = None


class MemorySelves:
    """Implements ``SelfKnowledge``."""

    def __init__(self, rows: Rows, programs: Programs = PROGRAMS) -> None:
        self._rows = rows
        self._programs = programs

    async def values(self, user_id: str) -> tuple[ValueRow, ...]:
        ranked = sorted(self._of(user_id).values, key=lambda value: value.rank or 10**9)
        return tuple(ranked)

    async def replace_values(self, user_id: str, values: Sequence[ValueRow], _at: datetime) -> None:
        before = {value.value_id: value for value in self._of(user_id).values}
        kept = (
            replace(value, id=old.id, created_at=old.created_at)
            if (old := before.get(value.value_id))
            else value
            for value in values
        )
        self._set(user_id, values=tuple(kept))

    async def struggle(self, user_id: str) -> str | None:
        return self._of(user_id).struggle

    async def save_struggle(self, user_id: str, struggle: str | None, _at: datetime) -> None:
        self._set(user_id, struggle=struggle)

    async def preferences(self, user_id: str) -> Preferences | None:
        return self._of(user_id).preferences

    async def hold_preferences(self, user_id: str, _at: datetime) -> Preferences | None:
        return await self.preferences(user_id)

    async def save_preferences(self, user_id: str, wanted: Preferences, _at: datetime) -> None:
        self._set(user_id, preferences=wanted)

    async def curation_preferences(self, user_id: str) -> CurationWishes | None:
        return self._of(user_id).curation

    async def save_curation_preferences(
        self, user_id: str, wishes: CurationWishes, _at: datetime
    ) -> None:
        self._set(user_id, curation=wishes)

    async def active_path(self, user_id: str) -> PathStep | None:
        return path_step(await MemoryEnrolments(self._rows).of_user(user_id), self._programs)

    def _of(self, user_id: str) -> Listener:
        listener = self._rows.listeners.get(user_id, Listener())
        assert isinstance(listener, Listener)
        return listener

    def _set(self, user_id: str, **parts: object) -> None:
        self._rows.listeners[user_id] = Listener(**{**vars(self._of(user_id)), **parts})


class MemoryEnrolments:
    """Implements ``Enrolments``; days of earlier rounds are kept for their completions."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.held: list[tuple[str, str]] = []

    async def add(self, enrolment: Enrolment) -> bool:
        key = (enrolment.user_id, enrolment.program_id)
        if key in self._rows.enrolments:
            return False
        self._rows.enrolments[key] = replace(enrolment, days=())
        return True

    async def find(self, user_id: str, program_id: str, *, hold: bool = False) -> Enrolment | None:
        if hold:
            self.held.append((user_id, program_id))
        found = self._rows.enrolments.get((user_id, program_id))
        return self._with_days(found) if found else None

    async def of_user(self, user_id: str) -> list[Enrolment]:
        own = [one for one in self._rows.enrolments.values() if one.user_id == user_id]
        own.sort(key=lambda one: (-one.touched_at.timestamp(), one.program_id))
        return [self._with_days(one) for one in own]

    async def save(self, enrolment: Enrolment) -> None:
        key = (enrolment.user_id, enrolment.program_id)
        self._rows.enrolments[key] = replace(enrolment, days=())

    async def save_day(self, enrolment: Enrolment, day: DoneDay) -> None:
        whose = (enrolment.user_id, enrolment.program_id, enrolment.round, day.day)
        self._rows.program_days[whose] = day

    async def completions(self, user_id: str) -> list[tuple[datetime, str]]:
        own = [day for key, day in self._rows.program_days.items() if key[0] == user_id]
        done = [(day.completed_at, day.zone) for day in own if day.completed_at is not None]
        return sorted(done)

    def _with_days(self, enrolment: Enrolment) -> Enrolment:
        whose = (enrolment.user_id, enrolment.program_id, enrolment.round)
        own = [day for key, day in self._rows.program_days.items() if key[:3] == whose]
        return replace(enrolment, days=tuple(sorted(own, key=lambda day: day.day)))
