from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.adapters.personal_rows import PostgresPersonalRecords
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.adapters.purchase_rows import PostgresPurchases
from ab_entitlement.adapters.tables import SubscriptionRow
from ab_entitlement.domain.ledger import entries
from ab_entitlement.domain.purchases import Customer, Reading
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.domain.subscription import Grant
from ab_entitlement.purchase_ports import KeptEvent
from ab_entitlement.usecases.export_user import KINDS, ExportUser
from ab_shared.contracts.exporting import ExportEntitlement
from ab_shared.contracts.usage import JobCosted
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import insert

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
ANON = "$RCAnonymousID:" + "c" * 32
ME, OTHER = 'me "quoted" \u6f22', "another"


@pytest.fixture
async def transactions(database: NewDatabase) -> Transactions:
    made = await database("entitlement")
    return Transactions(made.engine, producer="entitlement", relay=None)


async def told(transactions: Transactions, user: str, limit: int = 2) -> dict[str, list[Any]]:
    export = ExportUser(PostgresPersonalRecords(transactions))
    found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    after: str | None = ""
    while after is not None:
        page = await export(ExportEntitlement(user_id=user, after=after, limit=limit))
        for record in page.records:
            found[record.kind].append(record.data)
        after = page.next
    return found


async def filled(transactions: Transactions, user: str, start: int) -> None:
    """Five reservations with their lines, one cost, one customer with an event of two kinds."""
    async with PostgresLedger(transactions).begin() as unit:
        for number in range(start, start + 5):
            made = Reservation(
                UUID(int=number), user, NOW.date(), State.PENDING, NOW, NOW + timedelta(hours=1)
            )
            await unit.keep(made, entries(None, made, "reserve", NOW))
        await unit.zone(user, "Europe/Zurich", NOW)
        cost = JobCosted(
            job_id=UUID(int=start),
            session_id=UUID(int=99),
            user_id=user,
            outcome="completed",
            characters=4,
            reads_made=2,
            reads_reused=6,
            rendered_ms=2**33,
            render_ms=10,
        )
        await unit.add_cost(cost, NOW.date(), NOW)


@pytest.mark.real
async def test_everything_of_one_user_and_nothing_of_another(transactions: Transactions) -> None:
    await filled(transactions, ME, 1)
    await filled(transactions, OTHER, 100)
    mine = await told(transactions, ME)
    assert {kind: len(rows) for kind, rows in mine.items()} == {
        "account": 1,
        "given-plans": 0,
        "reservations": 5,
        "ledger": 5,
        "job-costs": 1,
        "store-customers": 0,
        "purchase-events": 0,
    }
    assert mine["account"][0]["timezone"] == "Europe/Zurich"
    assert {row["id"] for row in mine["reservations"]} == {str(UUID(int=n)) for n in range(1, 6)}
    assert {row["reservationId"] for row in mine["ledger"]} == {
        row["id"] for row in mine["reservations"]
    }
    assert OTHER not in json.dumps(mine)


@pytest.mark.real
async def test_purchases_come_with_their_events_and_name_nobody_else(
    transactions: Transactions,
) -> None:
    grant = Grant("pro", "apple", expires_at=NOW, product_id="pro_monthly")
    bodies = {
        "e1": {"app_user_id": ANON, "aliases": [ANON, ME], "price": 10**400, "odd": "\x00"},
        "e2": {"app_user_id": OTHER, "aliases": [OTHER]},
        "e3": {"transferred_from": [OTHER], "transferred_to": [ME]},
    }
    async with PostgresPurchases(transactions).begin() as unit:
        held = Customer(id=ANON, user_id=ME, reading=Reading(NOW, NOW, (grant,)))
        await unit.keep_customers([held, Customer(id=OTHER, user_id=OTHER)])
        for name, body in bodies.items():
            await unit.add_event(KeptEvent(name, "RENEWAL", NOW, NOW, counted=True, event=body))
    async with transactions.begin() as transaction:
        row = {"user_id": ME, "source": "internal", "expires_at": NOW}
        await transaction.connection.execute(insert(SubscriptionRow).values(row))
    mine = await told(transactions, ME)
    assert [row["id"] for row in mine["purchase-events"]] == ["e1", "e3"]
    assert mine["purchase-events"][0]["event"] == bodies["e1"]
    assert mine["purchase-events"][1]["event"]["transferred_from"] == ["somebody else"]
    assert mine["store-customers"][0]["grants"][0]["product_id"] == "pro_monthly"
    assert mine["given-plans"][0]["source"] == "internal"
    assert OTHER not in json.dumps(mine)
