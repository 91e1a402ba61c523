"""What the use cases of notices need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from ab_session.domain.notices import Device, News, Notice, Wording


class Notices(Protocol):
    """Devices, and what each is to be told, inside one transaction."""

    async def register(
        self, user_id: str, token: str, platform: str, at: datetime, most: int
    ) -> Device:
        """A user's device: taken from whoever had it, and the oldest beyond ``most`` go."""
        ...

    async def devices(self, user_id: str) -> Sequence[Device]:
        """A user's devices, the last seen first."""
        ...

    async def drop(
        self, token_id: UUID, user_id: str | None = None, *, unseen_since: datetime | None = None
    ) -> bool:
        """A device is told no more, nor what it was to be told; only if it is this user's.

        With ``unseen_since`` only if it was not registered again after that.
        """
        ...

    async def queue(self, news: News, at: datetime) -> None:
        """To be told to each of the owner's devices, once a job and kind."""
        ...

    async def take(
        self, now: datetime, lease: timedelta, limit: int, *, took: timedelta
    ) -> Sequence[Notice]:
        """Notices to be sent now, which nobody else takes until the lease is over.

        Those of jobs that took less than ``took`` are never sent.
        """
        ...

    async def take_sent(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        """Notices whose receipts are due, in the same way."""
        ...

    async def sent(self, notice: Notice, ticket: str, at: datetime, due_at: datetime) -> None:
        """The vendor has it; its receipt is due then."""
        ...

    async def postpone(self, notices: Sequence[Notice], due_at: datetime) -> None:
        """To be tried again then."""
        ...

    async def end(self, notice: Notice, error: str | None) -> None:
        """Told, or given up with a reason; it is never told again."""
        ...

    async def tidy(self, late: datetime, old: datetime) -> int:
        """Gives up what waits since before ``late`` and forgets what is older than ``old``."""
        ...


@dataclass(frozen=True, slots=True)
class Push:
    """One message to one device; ``data`` is for the app, not for people."""

    token: str
    wording: Wording
    data: Mapping[str, str]


class Word(StrEnum):
    """What the vendor said of one message."""

    OK = "ok"
    GONE = "gone"
    """The device is not registered any more: it must never be told again."""
    BUSY = "busy"
    """Later."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message; ``ticket`` asks for its receipt, ``error`` is a short code."""

    word: Word
    ticket: str | None = None
    error: str | None = None


class Pushes(Protocol):
    """Whoever carries messages to devices."""

    async def send(self, pushes: Sequence[Push]) -> Sequence[Answer]:
        """An answer for each, in their order; a hundred at most.

        Raises:
            DependencyUnavailable: nothing is known of any; try later.
            ValidationFailed: all of them are refused because of one.
        """
        ...

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        """What became of those that are known by now; three hundred at most.

        Raises:
            DependencyUnavailable: try later.
        """
        ...
