"""What the use cases of erasures need from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.privacy import ListPrivacyJobs

from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.ports import AuthUnit


class PrivacyUnit(AuthUnit, Protocol):
    """Everything auth keeps, the jobs of erasures and exports included, in one transaction."""

    async def hold_erasure(self, user_id: str) -> None:
        """Makes everybody else who asks to erase this user wait until the transaction ends."""
        ...

    async def live_erasure(self, user_id: str) -> PrivacyRecord | None:
        """The one that is being carried out."""
        ...

    async def add_erasure(self, record: PrivacyRecord) -> None:
        """Keeps a new one."""
        ...

    async def privacy_job(self, job_id: UUID, *, hold: bool = False) -> PrivacyRecord | None:
        """A job of either kind; ``hold`` makes others who hold it wait for this transaction."""
        ...

    async def keep_erasure(self, record: PrivacyRecord) -> None:
        """Writes an erasure that is held."""
        ...

    async def due_erasure(self, now: datetime) -> PrivacyRecord | None:
        """One to be looked after, held; skips those that others hold."""
        ...

    async def privacy_jobs(
        self, wanted: ListPrivacyJobs, proofs: Sequence[str]
    ) -> Sequence[PrivacyRecord]:
        """Those wanted, newest first, one more than ``wanted.limit`` where there are more."""
        ...

    async def oldest_erasure(self) -> tuple[int, datetime | None]:
        """How many erasures are live, and since when the oldest of them is."""
        ...

    async def api_keys_of(self, user_id: str) -> Sequence[str]:
        """The ids of keys that act as this user."""
        ...

    async def forget_user(self, user_id: str) -> Mapping[str, int]:
        """Deletes all that is kept of a user but the trail and these jobs; how much, by kind."""
        ...

    async def rename_in_trail(self, user_id: str, proof: str) -> int:
        """Puts the proof in place of the id in deeds by or to the user; in how many.

        Only while their erasure is live: the database refuses anybody else.
        """
        ...

    async def rename_mentions(self, user_id: str, proof: str, behind: int, most: int) -> int | None:
        """The same wherever the next ``most`` entries behind a number mention the user.

        The number of the last of them; None where there are none.
        """
        ...


class PrivacyStore(Protocol):
    """What auth keeps."""

    def begin(self) -> AbstractAsyncContextManager[PrivacyUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


class Chore(Protocol):
    """Something of auth's own that has to be erased outside its database."""

    async def __call__(self, record: PrivacyRecord, /) -> Mapping[str, int]:
        """Erases it, however often it is asked, and counts; a failure has it asked again."""
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many erasures are live, and how old the oldest is."""

    live: int
    oldest: timedelta
