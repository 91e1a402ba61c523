"""What the use cases need to know of a listener: what they said of themselves, their programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.preferences import Preferences

from ab_session.domain.listener import CurationWishes, DoneDay, Enrolment, PathStep, ValueRow


class SelfKnowledge(Protocol):
    """What listeners told of themselves, inside one transaction. None: they said nothing."""

    async def values(self, user_id: str) -> tuple[ValueRow, ...]:
        """Ranked ones first, by rank; then the others, as they were sent."""
        ...

    async def replace_values(self, user_id: str, values: Sequence[ValueRow], at: datetime) -> None:
        """Keeps these and no others; one that was there keeps its id and when it was made."""
        ...

    async def struggle(self, user_id: str) -> str | None:
        """What stands in their way, in their own words."""
        ...

    async def save_struggle(self, user_id: str, struggle: str | None, at: datetime) -> None:
        """Keeps it; the last write stays."""
        ...

    async def preferences(self, user_id: str) -> Preferences | None:
        """How they like to listen, whatever version it was saved in."""
        ...

    async def hold_preferences(self, user_id: str, at: datetime) -> Preferences | None:
        """The same, and nobody else saves before this transaction ends."""
        ...

    async def save_preferences(self, user_id: str, wanted: Preferences, at: datetime) -> None:
        """Keeps them; the last write stays."""
        ...

    async def curation_preferences(self, user_id: str) -> CurationWishes | None:
        """What they want to be shown."""
        ...

    async def save_curation_preferences(
        self, user_id: str, wishes: CurationWishes, at: datetime
    ) -> None:
        """Keeps them; the last write stays."""
        ...

    async def active_path(self, user_id: str) -> PathStep | None:
        """The next step of the program they were last in, unless it is paused or finished."""
        ...


class Enrolments(Protocol):
    """Who is in which program, inside one transaction."""

    async def add(self, enrolment: Enrolment) -> bool:
        """Keeps a new one; False when this user is or was in the program."""
        ...

    async def find(self, user_id: str, program_id: str, *, hold: bool = False) -> Enrolment | None:
        """With the days of its round; ``hold`` makes others who hold it wait."""
        ...

    async def of_user(self, user_id: str) -> Sequence[Enrolment]:
        """All of a user's, last touched first, each with the days of its round."""
        ...

    async def save(self, enrolment: Enrolment) -> None:
        """Writes one that is held, its days apart."""
        ...

    async def save_day(self, enrolment: Enrolment, day: DoneDay) -> None:
        """Writes one day of its round."""
        ...

    async def completions(self, user_id: str) -> Sequence[tuple[datetime, str]]:
        """When days were completed, of any program and round, and in which zone; oldest first."""
        ...
