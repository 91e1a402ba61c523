"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.exporting import Held
from ab_shared.contracts.usage import JobCosted
from ab_shared.database.ports import UnitOfWork

from ab_entitlement.domain.ledger import Entry
from ab_entitlement.domain.plans import Plans
from ab_entitlement.domain.reservation import Reservation
from ab_entitlement.domain.standing import Standing
from ab_entitlement.domain.subscription import Subscription


class SubscriptionBook(Protocol):
    """What is known of purchases, inside one transaction."""

    async def of(self, user_id: str) -> Subscription | None:
        """Everything known of one user's purchases; None when nothing ever was."""
        ...


class Announces(Protocol):
    """A transaction that can say that a user's entitlement changed."""

    async def announce(self, user_id: str) -> int:
        """Counts the change and lets ``entitlement.changed`` leave with the commit, once a user.

        Returns the new version. Whatever changes what a user may do calls this in its own
        transaction, or the gateways go on showing what was.
        """
        ...


class LedgerUnit(UnitOfWork, Announces, Protocol):
    """The ledger inside one transaction."""

    async def hold(self, user_id: str) -> None:
        """Makes everybody else who holds this user wait until the transaction ends."""
        ...

    async def zone(self, user_id: str, told: str | None, now: datetime) -> str | None:
        """The zone this user's day is counted in.

        ``told``, and without it that of their profile, is kept where the rules let it.
        """
        ...

    async def keep_profile_zone(self, user_id: str, zone: str, version: int) -> bool:
        """Keeps the zone of a user's profile; False when a newer one is known."""
        ...

    async def standing(self, user_id: str, day: date, now: datetime) -> Standing:
        """The user's subscription, what counts for a day at ``now``, and the version of both."""
        ...

    async def reservation(self, reservation_id: UUID) -> Reservation | None:
        """What is known under this id."""
        ...

    async def keep(self, reservation: Reservation, written: Iterable[Entry]) -> None:
        """Writes a reservation, new or changed, and what that means for the ledger.

        Raises:
            Conflict: the id belongs to another user.
        """
        ...

    async def correct(self, entry: Entry) -> bool:
        """Writes a correction; False when its request was written before."""
        ...

    async def pending(
        self, before: datetime, after: tuple[datetime, UUID] | None, limit: int
    ) -> list[Reservation]:
        """Pending reservations made before an instant, oldest first, behind ``after``."""
        ...

    async def lapsed(self, now: datetime, limit: int) -> list[Reservation]:
        """Pending reservations that have expired."""
        ...

    async def add_cost(self, cost: JobCosted, day: date, at: datetime) -> bool:
        """Keeps what a job cost; False when it was kept before."""
        ...

    async def entries(self, user_id: str, limit: int) -> list[Entry]:
        """The end of a user's ledger, newest first."""
        ...

    async def balance(self, user_id: str, day: date) -> int:
        """What the ledger adds up to for a user's day."""
        ...

    async def drift(self, since: date, user_id: str | None = None) -> int:
        """How many reservations the ledger has at another amount than they stand for."""
        ...


class Ledger(Protocol):
    """Who reserved what, what it cost, and who subscribed."""

    def begin(self) -> AbstractAsyncContextManager[LedgerUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


class PersonalRecords(Protocol):
    """Everything held of one user, for an archive of theirs."""

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """Rows of one kind behind the key ``after``, in the order of their keys."""
        ...


class PlanBook(Protocol):
    """The plans in force."""

    @property
    def plans(self) -> Plans:
        """As they are now; ask each time, for they can change while the process runs."""
        ...
