"""What the use cases of the affirmation writer need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from ab_shared.errors import DependencyUnavailable

from ab_session.domain.prompts import PromptVersion
from ab_session.domain.spending import DaySpent, Limits, Prices, Usage
from ab_session.domain.writer.telling import Said


class Trouble(StrEnum):
    """Why an answer of a model holds no lines."""

    REFUSED = "refused"
    CUT = "cut"
    MALFORMED = "malformed"


class TurnedAway(DependencyUnavailable):
    """A model that said no before it wrote anything: nothing is charged."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model answered, word for word, and the lines in it; or why there are none."""

    text: str
    usage: Usage
    lines: tuple[str, ...] = ()
    trouble: Trouble | None = None


class Model(Protocol):
    """Something far away that writes lines and costs money."""

    @property
    def name(self) -> str:
        """As it is called where it is."""
        ...

    @property
    def prices(self) -> Prices:
        """What its tokens cost."""
        ...

    @property
    def resting(self) -> bool:
        """Whether it is left alone after failures: asking it fails at once."""
        ...

    async def answer(self, said: Sequence[Said], most_tokens: int, deadline: float) -> Answered:
        """One call and never a second one; not later than ``deadline`` of the running loop.

        Raises:
            TurnedAway: it was not asked, or refused to be.
            DependencyUnavailable, DeadlineExceeded: nothing came, or nothing that can be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class FarWriter:
    """A model and what it may take: seconds a set of lines, and a day's limits."""

    model: Model
    limits: Limits
    seconds: float


class PromptShelf(Protocol):
    """Versions of templates, inside one transaction."""

    async def all(self) -> Mapping[str, Sequence[PromptVersion]]:
        """By key, newest first."""
        ...

    async def given(self) -> Mapping[str, Sequence[PromptVersion]]:
        """Those that somebody is given, by key: at most two of each."""
        ...

    async def hold(self, key: str) -> Sequence[PromptVersion]:
        """Those of one key, newest first; whoever else holds it waits for this transaction."""
        ...

    async def add(self, version: PromptVersion) -> None:
        """Keeps a new one; its key is held."""
        ...

    async def save(self, versions: Sequence[PromptVersion]) -> None:
        """Writes states and shares of versions of a key that is held."""
        ...


class WriterBook(Protocol):
    """What writing costs, inside one transaction."""

    async def reserve(self, day: date, micros: int, limits: Limits) -> bool:
        """Counts a call before it is made, at the most it can cost; False beyond the limits."""
        ...

    async def settle(self, day: date, reserved: int, micros: int, usage: Usage) -> None:
        """Puts what a call cost in place of what was reserved for it."""
        ...

    async def spent(self, day: date) -> DaySpent:
        """A day so far."""
        ...

    async def titles_of(self, user_id: str) -> frozenset[str]:
        """The titles that a user's sessions and the catalogue's have."""
        ...


class WritingUnit(Protocol):
    """What one transaction has for writing."""

    @property
    def prompts(self) -> PromptShelf:
        """Its templates."""
        ...

    @property
    def writing(self) -> WriterBook:
        """Its book."""
        ...
