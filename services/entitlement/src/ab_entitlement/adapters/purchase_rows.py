"""Purchase events and customers of the store, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from sqlalchemy import RowMapping, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_entitlement.adapters.announcing import announce
from ab_entitlement.adapters.purchase_grants import customer_of, grants_json
from ab_entitlement.adapters.subscription_rows import SubscriptionRows
from ab_entitlement.adapters.tables import PurchaseCustomerRow, PurchaseEventRow
from ab_entitlement.domain.purchases import Customer
from ab_entitlement.domain.subscription import Subscription
from ab_entitlement.purchase_ports import Backlog, KeptEvent

# The same lock as the ledger's: a purchase and a reservation of one user come one after the other.
# Taken in the order of the ids, so that two words about the same people can't block each other.
HOLD_ALL = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(id, 0))
    FROM (SELECT DISTINCT unnest(CAST(:ids AS text[])) AS id ORDER BY id) AS held
""")
TAKE_DUE = text("""
    UPDATE purchase_customers SET due_at = :until WHERE id IN (
        SELECT id FROM purchase_customers WHERE due_at <= :now
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ) RETURNING id
""")
FORGET_EVENTS = text("""
    DELETE FROM purchase_events WHERE id IN (
        SELECT id FROM purchase_events WHERE received_at < :before
        ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
""")
# Who was never read and is not due was only named beside others: nothing is known to be held.
MAKE_ALL_DUE = text("""
    UPDATE purchase_customers SET due_at = :now WHERE due_at IS NOT NULL OR grants <> '[]'
""")
# Only what is due is looked at: everybody else may be a million rows.
BACKLOG = text("""
    SELECT count(*) AS overdue, min(due_at) AS first FROM purchase_customers WHERE due_at <= :now
""")
EVENT = [col(getattr(PurchaseEventRow, field.name)) for field in fields(KeptEvent)]
CUSTOMER = [col(getattr(PurchaseCustomerRow, name)) for name in PurchaseCustomerRow.model_fields]


class PostgresPurchaseUnit(PostgresUnitOfWork):
    """Implements ``PurchaseUnit`` on one open transaction."""

    async def hold_all(self, ids: Iterable[str]) -> None:
        """One lock an id, until the transaction ends."""
        await self._connection.execute(HOLD_ALL, {"ids": sorted(set(ids))})

    async def announce(self, user_id: str) -> int:
        """As every change of an entitlement is told."""
        return await announce(self._transaction, user_id)

    async def add_event(self, event: KeptEvent) -> bool:
        """One statement: of two at the same instant the second waits and finds it there."""
        # The plain encoder: it writes numbers of any size, and escapes what no text may hold.
        values = {**asdict(event), "event": json.dumps(event.event)}
        statement = insert(PurchaseEventRow).values(values).on_conflict_do_nothing()
        return (await self._connection.execute(statement)).rowcount == 1

    async def event(self, event_id: str) -> KeptEvent | None:
        """By primary key."""
        query = select(*EVENT).where(col(PurchaseEventRow.id) == event_id)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return None if row is None else _event(row)

    async def events(
        self, since: datetime | None, after: str | None, limit: int
    ) -> list[KeptEvent]:
        """By when they came; ids decide between those of one instant."""
        order = (col(PurchaseEventRow.received_at), col(PurchaseEventRow.id))
        query = select(*EVENT).order_by(*order).limit(limit)
        if since is not None:
            query = query.where(order[0] >= since)
        last = await self.event(after) if after is not None else None
        if last is not None:
            query = query.where(
                (order[0] > last.received_at)
                | ((order[0] == last.received_at) & (order[1] > last.id))
            )
        return [_event(row) for row in (await self._connection.execute(query)).mappings()]

    async def forget_events(self, before: datetime, limit: int) -> int:
        """By the index of when they came; two processes at once take different ones."""
        given = {"before": before, "limit": limit}
        return (await self._connection.execute(FORGET_EVENTS, given)).rowcount

    async def customers(self, ids: Iterable[str]) -> dict[str, Customer]:
        """By primary key."""
        query = select(*CUSTOMER).where(col(PurchaseCustomerRow.id).in_(list(ids)))
        rows = (await self._connection.execute(query)).mappings()
        return {row["id"]: customer_of(dict(row)) for row in rows}

    async def customers_of(self, user_id: str) -> list[Customer]:
        """By the index of users."""
        query = select(*CUSTOMER).where(col(PurchaseCustomerRow.user_id) == user_id)
        return [
            customer_of(dict(row)) for row in (await self._connection.execute(query)).mappings()
        ]

    async def keep_customers(self, customers: Iterable[Customer]) -> None:
        """Inserts or replaces; whoever writes holds them."""
        rows = [_row(customer) for customer in customers]
        if not rows:
            return
        statement = insert(PurchaseCustomerRow).values(rows)
        changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["id"], set_=changed)
        )

    async def subscription(self, user_id: str) -> Subscription | None:
        """As whoever judges it reads it."""
        return await SubscriptionRows(self._connection).of(user_id)

    async def take_due(self, now: datetime, until: datetime, limit: int) -> list[str]:
        """Two processes that ask at once get different ones."""
        given = {"now": now, "until": until, "limit": limit}
        return list((await self._connection.execute(TAKE_DUE, given)).scalars())

    async def make_all_due(self, now: datetime) -> int:
        """Everybody who is watched, and whoever once held something."""
        return (await self._connection.execute(MAKE_ALL_DUE, {"now": now})).rowcount

    async def backlog(self, now: datetime) -> Backlog:
        """By the index of what is due."""
        row = (await self._connection.execute(BACKLOG, {"now": now})).one()
        return Backlog(row.overdue, now - row.first if row.first else timedelta())


class PostgresPurchases(PostgresUnits[PostgresPurchaseUnit]):
    """Implements ``Purchases``."""

    unit = PostgresPurchaseUnit


def _event(row: RowMapping) -> KeptEvent:
    return KeptEvent(**{**row, "event": json.loads(row["event"])})


def _row(customer: Customer) -> dict[str, Any]:
    reading = customer.reading
    return {
        "id": customer.id,
        "user_id": customer.user_id,
        "linked_at": customer.linked_at,
        "told_at": customer.told_at,
        "temporary_at": customer.temporary_at,
        "due_at": customer.due_at,
        "asked_at": reading.asked_at if reading else None,
        "answered_at": reading.at if reading else None,
        "grants": grants_json(reading.grants) if reading else None,
    }
