"""What keeps events and customers, in memory and in Postgres alike."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_entitlement.adapters.purchase_rows import PostgresPurchases
from ab_entitlement.adapters.tables import SubscriptionRow
from ab_entitlement.domain.purchases import Customer, Reading
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_entitlement.purchase_ports import Backlog, KeptEvent
from ab_shared.contracts import purchases
from ab_shared.database.transaction import Transactions
from ab_shared.errors import NotFound
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import insert, text

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
ANON = "$RCAnonymousID:" + "c" * 32
PRO = Grant("pro", "apple", expires_at=NOW + DAY, product_id="pro_monthly")
ODD = "o'brien; DROP TABLE x; --\u2028漢"


def event(number: int, **changes: Any) -> KeptEvent:
    at = NOW + timedelta(seconds=number // 2)
    body = {"id": f"e{number}", "price": -9.99, "big": 10**400, "odd": "\x00\ud7ff"}
    return replace(KeptEvent(f"e{number}", "RENEWAL", at, at, counted=True, event=body), **changes)


def reading(*grants: Grant) -> Reading:
    return Reading(NOW, NOW + timedelta(milliseconds=5), grants)


class PostgresPurchasesUnderTest(PostgresPurchases):
    """The rows with what a test needs to fill them and to look at them."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def give(self, user_id: str, grant: Grant) -> None:
        async with self.transactions.begin() as transaction:
            row = {"user_id": user_id, "source": grant.source, "expires_at": grant.expires_at}
            await transaction.connection.execute(insert(SubscriptionRow).values(row))

    async def sent(self) -> list[str]:
        async with self.transactions.begin() as transaction:
            rows = await transaction.connection.execute(
                text("SELECT envelope FROM outbox ORDER BY id")
            )
            envelopes = [json.loads(row.envelope) for row in rows]
        return [f"{envelope['type']}.v{envelope['version']}" for envelope in envelopes]


class RowsContract:
    """What both do."""

    async def test_an_event_is_kept_once_and_as_it_was(self, rows: Any) -> None:
        async with rows.begin() as unit:
            assert await unit.add_event(event(1))
        async with rows.begin() as unit:
            assert not await unit.add_event(event(1, type="OTHER"))
            assert await unit.event("e1") == event(1)
            assert await unit.event("e2") is None

    async def test_of_two_at_the_same_instant_one_is_new(self, rows: Any) -> None:
        async def add() -> bool:
            async with rows.begin() as unit:
                return bool(await unit.add_event(event(1)))

        assert sorted(await asyncio.gather(*(add() for _ in range(5)))) == [*[False] * 4, True]

    async def test_events_come_page_by_page_in_their_order(self, rows: Any) -> None:
        async with rows.begin() as unit:
            for number in (3, 1, 0, 2, 4):
                await unit.add_event(event(number))
        async with rows.begin() as unit:
            first = await unit.events(None, None, 3)
            rest = await unit.events(None, first[-1].id, 3)
            late = await unit.events(NOW + timedelta(seconds=1), None, 9)
        assert [one.id for one in (*first, *rest)] == ["e0", "e1", "e2", "e3", "e4"]
        assert [one.id for one in late] == ["e2", "e3", "e4"]

    async def test_old_events_go_and_younger_ones_stay(self, rows: Any) -> None:
        async with rows.begin() as unit:
            for number in range(6):
                await unit.add_event(event(number))
        border = NOW + timedelta(seconds=2)
        async with rows.begin() as unit:
            assert await unit.forget_events(border, 3) == 3
        async with rows.begin() as unit:
            assert await unit.forget_events(border, 3) == 1
            assert [one.id for one in await unit.events(None, None, 9)] == ["e4", "e5"]

    async def test_a_customer_is_kept_as_it_is(self, rows: Any) -> None:
        full = Customer(ANON, "user", NOW, NOW, NOW, NOW, reading(PRO, Grant("x", "google")))
        plain = Customer(ODD)
        async with rows.begin() as unit:
            await unit.keep_customers([full, plain])
            await unit.keep_customers([])
        changed = replace(full, user_id=None, reading=reading())
        async with rows.begin() as unit:
            assert await unit.customers([ANON, ODD, "none"]) == {ANON: full, ODD: plain}
            await unit.keep_customers([changed])
        async with rows.begin() as unit:
            assert await unit.customers([ANON]) == {ANON: changed}
            assert await unit.customers_of("user") == []

    async def test_a_user_is_all_that_is_known(self, rows: Any) -> None:
        given = Grant("pro", "internal", expires_at=NOW + 9 * DAY, will_renew=False)
        await rows.give("user", given)
        async with rows.begin() as unit:
            assert await unit.subscription("nobody") is None
            assert await unit.subscription("user") == Subscription("user", (given,))
            await unit.keep_customers(
                [
                    Customer("user", "user", reading=reading(PRO)),
                    Customer(ANON, "user", told_at=NOW, temporary_at=NOW),
                    Customer("other", "other", reading=reading()),
                ]
            )
        async with rows.begin() as unit:
            assert await unit.subscription("user") == Subscription(
                "user", (given, PRO), temporary_until=NOW + DAY, fetched_at=NOW
            )
            assert await unit.subscription("other") == Subscription("other", (), None, NOW)

    async def test_what_is_due_is_taken_once(self, rows: Any) -> None:
        due = [Customer(f"c{n}", due_at=NOW - timedelta(seconds=n)) for n in range(6)]
        async with rows.begin() as unit:
            await unit.keep_customers([*due, Customer("later", due_at=NOW + DAY), Customer("no")])

        async def take() -> list[str]:
            async with rows.begin() as unit:
                return list(await unit.take_due(NOW, NOW + DAY, 3))

        # One after the other: beside each other both may meet rows that the other one holds.
        taken = [*await take(), *await take(), *await take()]
        assert sorted(taken) == [f"c{n}" for n in range(6)]
        assert set(taken[:3]) == {"c5", "c4", "c3"}

    async def test_everybody_known_to_have_held_something_is_made_due(self, rows: Any) -> None:
        async with rows.begin() as unit:
            await unit.keep_customers(
                [
                    Customer("held", reading=reading(PRO)),
                    Customer("watched", due_at=NOW + DAY, reading=reading()),
                    Customer("never"),
                    Customer("nothing", reading=reading()),
                ]
            )
        async with rows.begin() as unit:
            assert await unit.make_all_due(NOW) == 2
        async with rows.begin() as unit:
            backlogs = [await unit.backlog(NOW + DAY), await unit.backlog(NOW - DAY)]
        assert backlogs == [Backlog(2, DAY), Backlog(0, timedelta())]

    async def test_who_is_held_waits_and_circles_do_not_block(self, rows: Any) -> None:
        order: list[str] = []
        holds, may_end = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with rows.begin() as unit:
                await unit.hold_all(["b", "a", "b"])
                holds.set()
                await may_end.wait()
                order.append("first")

        async def second() -> None:
            async with rows.begin() as unit:
                await unit.hold_all(["a", "b"])
                order.append("second")

        tasks = [asyncio.create_task(first())]
        await holds.wait()
        tasks.append(asyncio.create_task(second()))
        async with rows.begin() as unit:
            await unit.hold_all(["c"])
        may_end.set()
        await asyncio.gather(*tasks)
        assert order == ["first", "second"]

    async def test_changes_are_told_with_the_commit(self, rows: Any) -> None:
        async def fails() -> None:
            async with rows.begin() as unit:
                await unit.announce("user")
                await unit.keep_customers([Customer("gone")])
                raise NotFound("rolled back")

        with pytest.raises(NotFound):
            await fails()
        assert await rows.sent() == []
        async with rows.begin() as unit:
            assert await unit.customers(["gone"]) == {}
            await unit.announce("user")
            await unit.send(purchases.ResyncPurchases(customer_id="user", wanted_at=NOW))
        assert await rows.sent() == ["entitlement.changed.v1", "entitlement.resync_purchases.v1"]

    async def test_a_story_from_event_to_sight(self, rows: Any, make_world: Any) -> None:
        world = make_world(rows)
        events = world.vendor.books.act("purchase", "user_1")
        await asyncio.gather(*(world.tell(events) for _ in range(4)))
        command = purchases.ResyncPurchases(customer_id="user_1", wanted_at=world.clock())
        await asyncio.gather(*(world.cases.resync(command) for _ in range(4)))
        assert await world.plan() == ("pro", "active")
        names = await rows.sent()
        assert names.count("entitlement.resync_purchases.v1") == 1
        assert names.count("entitlement.changed.v1") == 1


class TestMemoryRows(RowsContract):
    @pytest.fixture
    def rows(self, memory_purchases: Any) -> Any:
        return memory_purchases


@pytest.mark.real
class TestPostgresRows(RowsContract):
    @pytest.fixture
    async def rows(self, database: NewDatabase) -> PostgresPurchasesUnderTest:
        made = await database("entitlement")
        return PostgresPurchasesUnderTest(
            Transactions(made.engine, producer="entitlement", relay=None)
        )
