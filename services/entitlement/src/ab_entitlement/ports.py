"""What the use cases need from outside."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ab_shared.database.ports import UnitOfWork

from ab_entitlement.domain.reservation import Reservation
from ab_entitlement.domain.standing import Standing


class LedgerUnit(UnitOfWork, Protocol):
    """The ledger inside one transaction."""

    async def hold(self, user_id: str) -> None:
        """Makes everybody else who holds this user wait until the transaction ends."""
        ...

    async def standing(self, user_id: str, now: datetime) -> Standing:
        """The user's subscription and how many reservations count for the UTC day of ``now``."""
        ...

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        """What is known under this id."""
        ...

    async def keep(self, reservation: Reservation) -> None:
        """Writes a reservation, new or changed.

        Raises:
            Conflict: the id belongs to another user.
        """
        ...


class Ledger(Protocol):
    """Who reserved what, and who subscribed."""

    def begin(self) -> AbstractAsyncContextManager[LedgerUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...
