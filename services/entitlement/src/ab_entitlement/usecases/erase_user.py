"""Erases what is kept of a person: rights, what was spent, what was bought."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.privacy import Erased, ErasureRequested, UserErased
from ab_shared.database.ports import UnitOfWork

logger = logging.getLogger("ab.entitlement")


class ErasingUnit(UnitOfWork, Protocol):
    """Erasures, inside one transaction."""

    async def begin(self, erasure_id: UUID, user_id: str) -> None:
        """Remembers whose an erasure is, once."""
        ...

    async def whose(self, erasure_id: UUID) -> str | None:
        """The user of a live erasure, held; None once it is over."""
        ...

    async def finish(self, erasure_id: UUID) -> None:
        """Forgets whose it was."""
        ...

    async def erase(self, user_id: str) -> Mapping[str, int]:
        """Deletes a user's rows; costs stay without a name. How many of each kind."""
        ...


class Erasing(Protocol):
    """What is kept of users."""

    def begin(self) -> AbstractAsyncContextManager[ErasingUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class EraseUser:
    """Erasing again finds nothing, and says so; an erasure that is over erases nobody."""

    users: Erasing

    async def __call__(self, event: ErasureRequested) -> None:
        """Announces ``Erased``."""
        async with self.users.begin() as unit:
            await unit.begin(event.erasure_id, event.user_id)
            user_id = await unit.whose(event.erasure_id)
            counts = await unit.erase(user_id) if user_id is not None else {}
            report = Erased(erasure_id=event.erasure_id, service="entitlement", counts=dict(counts))
            await unit.send(report)
        logger.info("A user was erased", extra={"erasure": str(event.erasure_id), **counts})

    async def again(self, event: UserErased) -> None:
        """What crossed the erasure (a cost told late, a purchase event) goes too."""
        async with self.users.begin() as unit:
            user_id = await unit.whose(event.erasure_id)
            if user_id is not None:
                await unit.erase(user_id)
                await unit.finish(event.erasure_id)
