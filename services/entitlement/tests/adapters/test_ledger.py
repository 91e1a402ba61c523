"""The ledger's promises, kept by the one in memory and the one in Postgres alike."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.adapters.tables import METADATA, SubscriptionRow
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.reservation import HOLD, Reservation, State
from ab_entitlement.domain.standing import Standing, Subscription
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict, DependencyUnavailable, FreeLimitReached
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.infra import NewDatabase
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, text

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)


def made(number: int, **changes: Any) -> Reservation:
    fresh = Reservation(UUID(int=number), "user", NOW.date(), State.PENDING, NOW)
    return replace(fresh, **changes)


class PostgresLedgerUnderTest(PostgresLedger):
    """The ledger with what a test needs to look at it and to fill it."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def subscribe(self, user_id: str, subscription: Subscription) -> None:
        async with self.transactions.begin() as transaction:
            row = {"user_id": user_id, **asdict(subscription)}
            await transaction.connection.execute(insert(SubscriptionRow).values(row))

    async def sent(self) -> list[str]:
        async with self.transactions.begin() as transaction:
            rows = await transaction.connection.execute(
                text("SELECT envelope FROM outbox ORDER BY id")
            )
            envelopes = [json.loads(row.envelope) for row in rows]
        return [f"{envelope['type']}.v{envelope['version']}" for envelope in envelopes]


class LedgerContract:
    """What every ledger does."""

    async def test_keeps_what_it_was_given(self, ledger: Any) -> None:
        settled = made(1, state=State.COMMITTED, settled_at=NOW + timedelta(minutes=1))
        async with ledger.begin() as unit:
            await unit.keep(made(1))
            await unit.keep(settled)
            await unit.keep(made(2))
        async with ledger.begin() as unit:
            assert await unit.reservation(UUID(int=1)) == settled
            assert await unit.reservation(UUID(int=2)) == made(2)
            assert await unit.reservation(UUID(int=3)) is None

    async def test_counts_what_the_rules_count(self, ledger: Any) -> None:
        rows = [
            made(1),
            made(2, reserved_at=NOW - HOLD),
            made(3, reserved_at=NOW - HOLD + timedelta(microseconds=1)),
            made(4, state=State.COMMITTED, reserved_at=NOW - HOLD),
            made(5, state=State.RELEASED),
            made(6, day=NOW.date() - timedelta(days=1), state=State.COMMITTED),
            made(7, user_id="other"),
        ]
        async with ledger.begin() as unit:
            for row in rows:
                await unit.keep(row)
        expected = sum(
            row.counts(NOW) for row in rows if row.user_id == "user" and row.day == NOW.date()
        )
        async with ledger.begin() as unit:
            assert await unit.standing("user", NOW) == Standing(None, expected)
        assert expected == 3

    async def test_knows_who_subscribed(self, ledger: Any) -> None:
        forever = Subscription("internal")
        ending = Subscription("apple", expires_at=NOW, grace_until=NOW + timedelta(days=1))
        await ledger.subscribe("forever", forever)
        await ledger.subscribe("ending", ending)
        async with ledger.begin() as unit:
            assert await unit.standing("forever", NOW) == Standing(forever, 0)
            assert await unit.standing("ending", NOW) == Standing(ending, 0)
            assert await unit.standing("nobody", NOW) == Standing(None, 0)

    async def test_an_error_leaves_neither_row_nor_message(self, ledger: Any) -> None:
        async def fails() -> None:
            async with ledger.begin() as unit:
                await unit.keep(made(1))
                await unit.send(EntitlementChanged(user_id="user"))
                raise FreeLimitReached("no")

        with pytest.raises(FreeLimitReached):
            await fails()
        async with ledger.begin() as unit:
            assert await unit.reservation(UUID(int=1)) is None
        assert await ledger.sent() == []

    async def test_an_id_stays_with_its_user(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            await unit.keep(made(1))
        with pytest.raises(Conflict):
            async with ledger.begin() as unit:
                await unit.keep(made(1, user_id="other"))

    async def test_a_user_is_held_by_one_at_a_time_and_others_are_not(self, ledger: Any) -> None:
        order: list[str] = []
        first_holds, may_end = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with ledger.begin() as unit:
                await unit.hold("user")
                first_holds.set()
                await may_end.wait()
                order.append("first")

        async def second() -> None:
            async with ledger.begin() as unit:
                await unit.hold("user")
                order.append("second")

        running = asyncio.create_task(first())
        await first_holds.wait()
        waiting = asyncio.create_task(second())
        async with ledger.begin() as unit:
            await unit.hold("other")
        assert order == []
        may_end.set()
        await asyncio.gather(running, waiting)
        assert order == ["first", "second"]

    async def test_hundreds_at_once_never_pass_the_limit(self, ledger: Any) -> None:
        reserve = ReserveGeneration(ledger, plans_with(7), lambda: NOW)

        async def granted(number: int) -> bool:
            request = rpc.ReserveGeneration(reservation_id=UUID(int=number), user_id="user")
            while True:
                try:
                    return isinstance(await reserve(request), rpc.Entitlement)
                except FreeLimitReached:
                    return False
                except DependencyUnavailable:  # a slow machine and a full pool: as a caller would
                    continue

        numbers = [*range(150), *range(150)]
        answers = await asyncio.gather(*(granted(number) for number in numbers))
        taken = {number for number, yes in zip(numbers, answers, strict=True) if yes}
        assert len(taken) == 7
        async with ledger.begin() as unit:
            assert (await unit.standing("user", NOW)).used_today == 7
        assert await ledger.sent() == ["entitlement.changed.v1"] * 7

    async def test_a_settlement_heard_twice_at_once_is_done_once(self, ledger: Any) -> None:
        reserve = ReserveGeneration(ledger, plans_with(1), lambda: NOW)
        settle = SettleGeneration(ledger, lambda: NOW)
        await reserve(rpc.ReserveGeneration(reservation_id=UUID(int=1), user_id="user"))
        event = GenerationSettled(reservation_id=UUID(int=1), user_id="user", outcome="released")
        with bound(Context(message_id="m1")):
            await asyncio.gather(settle(event), settle(event))
        assert await ledger.sent() == ["entitlement.changed.v1"] * 2


class TestMemoryLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, memory_ledger: Any) -> Any:
        return memory_ledger


@pytest.mark.real
class TestPostgresLedger(LedgerContract):
    @pytest.fixture
    async def ledger(self, database: NewDatabase) -> PostgresLedgerUnderTest:
        made_for_test = await database("entitlement")
        return PostgresLedgerUnderTest(
            Transactions(made_for_test.engine, producer="entitlement", relay=None)
        )

    async def test_migrations_make_the_tables_the_code_knows(self, database: NewDatabase) -> None:
        def differences(connection: Connection) -> list[Any]:
            return compare_metadata(MigrationContext.configure(connection), METADATA)

        fresh = await database("entitlement")
        async with fresh.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
