"""What the use cases of moderation need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.moderation import FlaggedLine, ModerationStats
from ab_shared.contracts.moderation import Status as StatusName

from ab_session.domain.moderation.care import CareBook
from ab_session.domain.moderation.verdict import Blocked, Checked, Verdict


class Moderator(Protocol):
    """Somebody outside who looks at texts."""

    @property
    def name(self) -> str:
        """Who says so."""
        ...

    async def judge(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        """One verdict a text, in their order.

        Raises:
            DependencyUnavailable: nobody answered, or with something that is no answer.
        """
        ...


class Regions(Protocol):
    """Where listeners live."""

    async def region_of(self, user_id: str, zone: str | None = None) -> str | None:
        """A country (ISO 3166-1 alpha-2); by ``zone`` where nothing else tells it, else None."""
        ...


@dataclass(frozen=True, slots=True)
class Checking:
    """Who is asked outside, if anybody is, and what is said with care."""

    vendor: Moderator | None
    book: CareBook


@dataclass(frozen=True, slots=True)
class Due:
    """A pending text that is to be asked about again."""

    address: str
    text: str
    asked: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A text's verdict as it is kept, and who decided it if a person did."""

    address: str
    verdict: Verdict
    decided_by: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Texts in use that are pending; ``unavailable`` of them only for want of an answer."""

    pending: int
    unavailable: int
    oldest: datetime | None


class Verdicts(Protocol):
    """What was found about texts, and where they stand, inside one transaction."""

    async def known(self, addresses: Collection[str]) -> dict[str, Judged]:
        """What was found before."""
        ...

    async def record(
        self, found: Mapping[str, Verdict], at: datetime, *, due_at: datetime | None = None
    ) -> None:
        """Keeps what was found; never against what a person decided, nor a silence against words.

        ``due_at`` is when to ask again about what is pending for want of an answer.
        """
        ...

    async def hold(self, checked: Sequence[Checked], at: datetime) -> dict[str, Verdict]:
        """Keeps what was found about those that nothing is known of, and has decisions wait.

        Nobody decides about any of them before the transaction ends. Returns those that were
        rejected meanwhile.
        """
        ...

    async def keep(
        self, session_id: UUID, owner_user_id: str, checked: Sequence[Checked], at: datetime
    ) -> None:
        """What stands in a session from now on; what stood there first is kept beside it.

        Its texts are held.
        """
        ...

    async def blocked(self, session_id: UUID) -> Blocked | None:
        """The first rejected text of a session."""
        ...

    async def blocked_among(self, session_ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of these sessions in which a rejected text stands."""
        ...

    async def all_approved(self, session_id: UUID) -> bool:
        """Whether every text of a session was checked and approved; False for one never checked."""
        ...

    async def sessions_with(self, address: str) -> Sequence[UUID]:
        """Sessions in which a text stands, in the order of their ids."""
        ...

    async def touch(
        self, session_ids: Sequence[UUID], at: datetime
    ) -> Sequence[tuple[UUID, str | None, int]]:
        """Gives sessions a new version; their ids, owners and versions."""
        ...

    async def claim_due(self, now: datetime, until: datetime, limit: int) -> Sequence[Due]:
        """Texts in use that are due, which nobody else gets before ``until``."""
        ...

    async def find(self, item_id: UUID, *, hold: bool = False) -> Judged | None:
        """By the id that people know it by."""
        ...

    async def decide(self, address: str, verdict: Verdict, by: str, at: datetime) -> None:
        """Writes what a person decided about a text that is held."""
        ...

    async def page(
        self, status: StatusName, after: tuple[datetime, UUID] | None, limit: int, *, texts: bool
    ) -> Sequence[FlaggedLine]:
        """Texts in use with a status, longest known first."""
        ...

    async def stats(self) -> ModerationStats:
        """How many texts in use stand how."""
        ...

    async def count_refused(self, day: date, categories: Mapping[str, int]) -> None:
        """Adds to how many texts were refused that day; at least one category."""
        ...

    async def waiting(self) -> Waiting:
        """As ``stats``, of what is pending only: cheap however much was ever checked."""
        ...

    async def forget_unused(self, before: datetime, limit: int) -> int:
        """Deletes verdicts of texts that stand nowhere and were last looked at before then."""
        ...


class ModerationUnit(Protocol):
    """That part of a transaction of this service."""

    @property
    def moderation(self) -> Verdicts:
        """What was found about texts."""
        ...
