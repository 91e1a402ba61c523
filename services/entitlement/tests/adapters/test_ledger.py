"""The ledger's promises, kept by the one in memory and the one in Postgres alike."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.adapters.tables import METADATA, SubscriptionRow
from ab_entitlement.domain.ledger import Entry, entries
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.domain.standing import Standing, Usage
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.contracts.usage import JobCosted
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict, DependencyUnavailable, FreeLimitReached
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.infra import NewDatabase
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
TODAY = NOW.date()
HOLD = timedelta(hours=1)


def made(number: int, **changes: Any) -> Reservation:
    fresh = Reservation(UUID(int=number), "user", TODAY, State.PENDING, NOW, NOW + HOLD)
    return replace(fresh, **changes)


def cost(number: int, user_id: str | None = "user") -> JobCosted:
    return JobCosted(
        job_id=UUID(int=number),
        session_id=UUID(int=99),
        user_id=user_id,
        outcome="completed",
        characters=4,
        reads_made=2,
        reads_reused=6,
        rendered_ms=2**33,
        render_ms=10,
    )


class PostgresLedgerUnderTest(PostgresLedger):
    """The ledger with what a test needs to look at it and to fill it."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def subscribe(self, user_id: str, subscription: Subscription) -> None:
        [grant] = subscription.grants
        row = {
            "user_id": user_id,
            "source": grant.source,
            "expires_at": grant.expires_at,
            "grace_until": grant.grace_expires_at,
        }
        async with self.transactions.begin() as transaction:
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
            await unit.keep(made(1), ())
            await unit.keep(settled, ())
            await unit.keep(made(2), ())
        async with ledger.begin() as unit:
            assert await unit.reservation(UUID(int=1)) == settled
            assert await unit.reservation(UUID(int=2)) == made(2)
            assert await unit.reservation(UUID(int=3)) is None

    async def test_counts_what_the_rules_count(self, ledger: Any) -> None:
        rows = [
            made(1, characters=10),
            made(2, expires_at=NOW, characters=20),
            made(3, expires_at=NOW + timedelta(microseconds=1)),
            made(4, state=State.COMMITTED, expires_at=NOW, characters=40),
            made(5, state=State.RELEASED),
            made(6, day=TODAY - timedelta(days=1), state=State.COMMITTED),
            made(7, user_id="other"),
        ]
        async with ledger.begin() as unit:
            for row in rows:
                await unit.keep(row, ())
        expected = sum(row.counts(NOW) for row in rows if (row.user_id, row.day) == ("user", TODAY))
        async with ledger.begin() as unit:
            found = await unit.standing("user", TODAY, NOW)
        assert found == Standing(usage=Usage(generations=expected, promised_characters=10))
        assert expected == 3

    async def test_adds_up_what_jobs_cost(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            await unit.keep(made(1, characters=10), ())
            assert await unit.add_cost(cost(1), TODAY, NOW)
            assert not await unit.add_cost(cost(1), TODAY, NOW)
            assert await unit.add_cost(cost(2), TODAY, NOW)
            assert await unit.add_cost(cost(3), TODAY - timedelta(days=1), NOW)
            assert await unit.add_cost(cost(4, user_id=None), TODAY, NOW)
        async with ledger.begin() as unit:
            assert not await unit.add_cost(cost(2), TODAY, NOW)
            found = await unit.standing("user", TODAY, NOW)
        # What job 1 promised has become what it cost.
        assert found.usage == Usage(1, 8, 4, 12, 2**34, 20, jobs=2)

    async def test_keeps_the_ledger_and_adds_it_up(self, ledger: Any) -> None:
        held = made(1)
        yesterday = TODAY - timedelta(days=1)
        correction = Entry(
            "user", TODAY, "correct", -2, NOW, request_id=UUID(int=9), actor="ada", reason="a test"
        )
        async with ledger.begin() as unit:
            await unit.keep(held, entries(None, held, "reserve", NOW))
            assert await unit.correct(correction)
            assert not await unit.correct(correction)
        async with ledger.begin() as unit:
            assert not await unit.correct(correction)
            written = await unit.entries("user", 10)
            assert written == [correction, *entries(None, held, "reserve", NOW)]
            assert await unit.entries("user", 1) == [correction]
            assert await unit.entries("other", 10) == []
            assert await unit.balance("user", TODAY) == -1
            assert await unit.balance("user", yesterday) == 0
            assert (await unit.standing("user", TODAY, NOW)).usage.generations == -1
            assert await unit.drift(yesterday) == 0

    async def test_sees_drift(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            await unit.keep(made(1), ())
            released = made(2, state=State.RELEASED)
            await unit.keep(released, entries(None, made(2), "reserve", NOW))
        async with ledger.begin() as unit:
            assert await unit.drift(TODAY) == 2
            assert await unit.drift(TODAY, "user") == 2
            assert await unit.drift(TODAY, "other") == 0
            assert await unit.drift(TODAY + timedelta(days=1)) == 0

    async def test_lists_what_is_pending_and_what_has_lapsed(self, ledger: Any) -> None:
        rows = [
            made(n, reserved_at=NOW + timedelta(seconds=n // 2), expires_at=NOW + timedelta(n))
            for n in range(1, 6)
        ]
        async with ledger.begin() as unit:
            for row in [*rows, made(8, state=State.COMMITTED), made(9, state=State.RELEASED)]:
                await unit.keep(row, ())
        until, far = NOW + timedelta(seconds=2), NOW + timedelta(days=3)
        async with ledger.begin() as unit:
            assert await unit.pending(until, None, 10) == rows[:3]
            assert await unit.pending(until, None, 2) == rows[:2]
            after = (rows[1].reserved_at, rows[1].id)
            assert await unit.pending(until, after, 10) == rows[2:3]
            assert await unit.lapsed(far, 10) == rows[:3]
            assert await unit.lapsed(far, 1) == rows[:1]

    async def test_counts_changes_for_each_user(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            assert [await unit.announce("user"), await unit.announce("user")] == [1, 1]
        async with ledger.begin() as unit:
            assert await unit.announce("user") == 2
            assert await unit.announce("other") == 1
        async with ledger.begin() as unit:
            assert (await unit.standing("user", TODAY, NOW)).version == 2
        assert await ledger.sent() == ["entitlement.changed.v1"] * 3

    async def test_learns_where_a_user_lives(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            assert await unit.zone("user", None, NOW) is None
            assert await unit.keep_profile_zone("settled", "Asia/Tokyo", 2)
            assert not await unit.keep_profile_zone("settled", "Europe/Berlin", 2)
            assert not await unit.keep_profile_zone("settled", "Europe/Berlin", 1)
            assert await unit.zone("settled", None, NOW) == "Asia/Tokyo"
            assert await unit.zone("user", "Asia/Tokyo", NOW) == "Asia/Tokyo"
            await unit.announce("user")
        later = NOW + timedelta(hours=23)
        async with ledger.begin() as unit:
            assert await unit.zone("user", "Europe/Berlin", later) == "Asia/Tokyo"
            assert await unit.zone("user", "Europe/Berlin", NOW + timedelta(days=1))
        async with ledger.begin() as unit:
            assert await unit.zone("user", None, later) == "Europe/Berlin"

    async def test_knows_who_subscribed(self, ledger: Any) -> None:
        def given(user_id: str, **changes: Any) -> Subscription:
            grant = Grant("pro", "internal", will_renew=False)
            return Subscription(user_id, (replace(grant, **changes),))

        forever = given("forever")
        ending = given(
            "ending", source="apple", expires_at=NOW, grace_expires_at=NOW + timedelta(days=1)
        )
        await ledger.subscribe("forever", forever)
        await ledger.subscribe("ending", ending)
        async with ledger.begin() as unit:
            for known in (forever, ending):
                found = await unit.standing(known.user_id, TODAY, NOW)
                assert found.subscription is not None
                assert found.subscription.grants == known.grants
            assert (await unit.standing("nobody", TODAY, NOW)).subscription is None

    async def test_an_error_leaves_neither_row_nor_message(self, ledger: Any) -> None:
        async def fails() -> None:
            async with ledger.begin() as unit:
                await unit.keep(made(1), ())
                await unit.send(EntitlementChanged(user_id="user"))
                raise FreeLimitReached("no")

        with pytest.raises(FreeLimitReached):
            await fails()
        async with ledger.begin() as unit:
            assert await unit.reservation(UUID(int=1)) is None
        assert await ledger.sent() == []

    async def test_an_id_stays_with_its_user(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            await unit.keep(made(1), ())
        with pytest.raises(Conflict):
            async with ledger.begin() as unit:
                await unit.keep(made(1, user_id="other"), ())

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

    async def test_hundreds_at_once_never_pass_the_limit(self, ledger: Any, book: Any) -> None:
        book.plans = plans_with(7)
        reserve = ReserveGeneration(ledger, book, lambda: NOW)

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
            assert (await unit.standing("user", TODAY, NOW)).usage.generations == 7
            assert await unit.drift(TODAY) == 0
        assert await ledger.sent() == ["entitlement.changed.v1"] * 7

    async def test_a_settlement_heard_twice_at_once_is_done_once(
        self, ledger: Any, book: Any
    ) -> None:
        book.plans = plans_with(1)
        reserve = ReserveGeneration(ledger, book, lambda: NOW)
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

    async def test_the_ledger_can_only_be_added_to(self, ledger: Any) -> None:
        async with ledger.begin() as unit:
            await unit.keep(made(1), entries(None, made(1), "reserve", NOW))
        with pytest.raises(DBAPIError, match="only added to"):
            async with ledger.transactions.begin() as transaction:
                await transaction.connection.execute(text("UPDATE ledger_entries SET amount = 0"))

    async def test_what_the_release_before_wrote_counts(self, ledger: Any) -> None:
        old = """INSERT INTO reservations (id, user_id, day, state, reserved_at)
            VALUES (:id, 'user', :day, 'pending', :at)"""
        async with ledger.transactions.begin() as transaction:
            for number, at in enumerate((NOW, NOW - HOLD), start=1):
                row = {"id": UUID(int=number), "day": TODAY, "at": at}
                await transaction.connection.execute(text(old), row)
        async with ledger.begin() as unit:
            assert (await unit.standing("user", TODAY, NOW)).usage.generations == 1
            assert await unit.reservation(UUID(int=1)) == made(1)
            assert [row.id.int for row in await unit.lapsed(NOW, 10)] == [2]

    async def test_migrations_make_the_tables_the_code_knows(self, database: NewDatabase) -> None:
        def differences(connection: Connection) -> list[Any]:
            return compare_metadata(MigrationContext.configure(connection), METADATA)

        fresh = await database("entitlement")
        async with fresh.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
