"""Whatever order events come in, however often, however broken the answers: the state is right."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_entitlement.domain.purchases import (
    AnswerMalformed,
    AnswerOutOfOrder,
    Reading,
    Verdict,
    judge,
)
from ab_entitlement.domain.subscription import Grant
from ab_shared.contracts import purchases
from hypothesis import given, settings
from hypothesis import strategies as st

ANON = "$RCAnonymousID:" + "b" * 32
CUSTOMERS = ["user_1", "user_2", ANON]
ACTIONS = st.sampled_from(
    [
        ("purchase", {}),
        ("purchase", {"store": "play_store", "product": "pro_yearly"}),
        ("purchase", {"sandbox": True, "product": "test_product"}),
        ("purchase-once", {}),
        ("renew", {}),
        ("cancel", {}),
        ("uncancel", {}),
        ("billing-issue", {}),
        ("billing-issue", {"grace_seconds": 0}),
        ("expire", {}),
        ("pause", {}),
        ("product-change", {}),
        ("extend", {}),
        ("refund", {}),
        ("refund-reversed", {}),
        ("transfer", {"to": "user_1"}),
        ("transfer", {"to": "user_2"}),
        ("alias", {"user": "user_1"}),
        ("grant", {}),
        ("test", {}),
        ("novelty", {}),
    ]
)
STEPS = st.lists(
    st.tuples(ACTIONS, st.sampled_from(CUSTOMERS), st.sampled_from([0.0, 1.0, 3600.0, 86_400.0])),
    min_size=1,
    max_size=14,
)


async def final_state(
    make_world: Callable[[], Any], steps: Any, order: random.Random | None, copies: int
) -> dict[str, Any]:
    """Everything happens first, then all is told in one order; what the apps see in the end."""
    world = make_world()
    events: list[dict[str, Any]] = []
    for (action, more), customer, seconds in steps:
        world.clock.advance(seconds)
        events += world.vendor.books.act(action, customer, **more)
    world.clock.advance(2)
    told = events * copies
    if order is not None:
        order.shuffle(told)
    for event in told:
        await world.tell([event])
        if order is None or order.random() < 0.5:
            await world.work()
    await world.work()
    seen = {user: await world.sees(user) for user in ("user_1", "user_2")}
    # What the store says of each user now, read by somebody who has heard no event at all.
    fresh = make_world()
    fresh.vendor.books, fresh.clock = world.vendor.books, world.clock
    for user in {id_ for event in events for id_ in _users(event)}:
        answer = await world.store.read(user)
        assert world.kept.rows[user].reading.grants == answer.grants
    await world.client.aclose()
    return seen


def _users(event: dict[str, Any]) -> list[str]:
    if event["type"] in {"TEST", "MOON_PHASE_CHANGED"} or event["environment"] == "SANDBOX":
        return []
    if event["type"] == "TRANSFER":
        ids = event["transferred_from"] + event["transferred_to"]
    else:
        ids = event["aliases"]
    return [one for one in ids if one != ANON]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, order=st.randoms(use_true_random=False), copies=st.integers(1, 3))
def test_any_order_and_number_ends_where_the_subscriber_is(
    make_world: Any, steps: Any, order: random.Random, copies: int
) -> None:
    async def both() -> tuple[Any, Any]:
        straight = await final_state(make_world, steps, None, 1)
        shuffled = await final_state(make_world, steps, order, copies)
        return straight, shuffled

    straight, shuffled = asyncio.run(both())
    assert {u: (s.plan, s.status) for u, s in straight.items()} == {
        u: (s.plan, s.status) for u, s in shuffled.items()
    }


FAULTS = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["busy", "status", "malformed", "cut", "empty", "ahead"]),
            "times": st.integers(1, 2),
            "seconds": st.just(3600.0),
            "status": st.sampled_from([400, 401, 403, 404, 500, 503, 302]),
        }
    ),
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(faults=FAULTS, rounds=st.integers(1, 3))
def test_broken_answers_never_take_anything_away(make_world: Any, faults: Any, rounds: int) -> None:
    async def story() -> None:
        world = make_world()
        await world.happens("purchase")
        for fault in faults:
            world.vendor.faults.add(**fault)
        for _ in range(rounds):
            # The last try: what fails now stays due instead of being tried again at once.
            await world.tell(world.vendor.books.act("renew", "user_1"))
            await world.work(attempt=9)
            world.clock.advance(5)
            assert await world.plan() == ("pro", "active")
        world.vendor.faults.waiting.clear()
        world.vendor.books.act("refund", "user_1")
        # The longest rest is over; what failed is due, and what did not is read daily.
        world.clock.advance(86_400)
        assert await world.cases.read_due() == 1
        await world.work()
        assert await world.plan() == ("free", "expired")
        await world.client.aclose()

    asyncio.run(story())


async def test_two_at_the_same_instant_are_one(world: Any) -> None:
    events = world.vendor.books.act("purchase", "user_1")
    await asyncio.gather(*(world.tell(events) for _ in range(20)))
    resyncs = [one for one in world.kept.transactions.sent if is_resync(one)]
    assert len(resyncs) == 1
    await asyncio.gather(*(world.cases.resync(resyncs[0]) for _ in range(5)))
    assert await world.plan() == ("pro", "active")
    assert await world.changes() == ["user_1"]


async def test_a_slow_old_answer_does_not_undo_a_new_one(world: Any) -> None:
    """The first read's answer is on its way when a refund happens, is told and is read."""
    await world.happens("purchase")
    slow, may_go_on = asyncio.Event(), asyncio.Event()
    read = world.store.read

    async def late(customer: str) -> Any:
        answer = await read(customer)
        slow.set()
        await may_go_on.wait()
        return answer

    world.store.read = late
    command = purchases.ResyncPurchases(customer_id="user_1", wanted_at=world.clock())
    old = asyncio.create_task(world.cases.resync(command))
    await slow.wait()
    world.store.read = read
    world.clock.advance(1)
    await world.happens("refund")
    may_go_on.set()
    await old
    assert await world.plan() == ("free", "expired")


async def test_a_vendor_whose_clock_went_back_is_asked_again(world: Any) -> None:
    await world.happens("purchase")
    world.vendor.books.now = lambda: world.clock() - timedelta(seconds=60)
    events = world.vendor.books.act("refund", "user_1")
    await world.tell(events)
    with pytest.raises(AnswerOutOfOrder):
        await world.work()
    assert await world.plan() == ("pro", "active")
    world.vendor.books.now = world.clock
    command = purchases.ResyncPurchases(customer_id="user_1", wanted_at=world.clock())
    await world.cases.resync(command)
    assert await world.plan() == ("free", "expired")


async def test_a_clock_far_ahead_is_not_kept(world: Any) -> None:
    await world.happens("purchase")
    world.vendor.books.now = lambda: world.clock() + timedelta(seconds=601)
    await world.tell(world.vendor.books.act("renew", "user_1"))
    with pytest.raises(AnswerMalformed):
        await world.work()
    world.vendor.books.now = world.clock
    await world.happens("refund")
    assert await world.plan() == ("free", "expired")


async def test_while_the_vendor_is_away_a_payer_stays_pro_for_a_while(world: Any) -> None:
    await world.happens("purchase", seconds=3600)
    world.vendor.faults.add("status", times=10**6)
    world.clock.advance(3601)
    assert await world.plan() == ("pro", "unknown")
    assert world.cases.read_due
    world.clock.advance(60)
    await world.cases.read_due()
    await world.work()
    assert await world.plan() == ("pro", "unknown")
    world.clock.advance(world.book.plans.optimism.total_seconds())
    assert await world.plan() == ("free", "expired")
    assert world.meter.backlogs[-1].overdue == 0
    await world.cases.read_due()
    assert [one.due_at is not None for one in world.kept.rows.values()] == [True]


async def test_what_was_cancelled_gets_no_such_while(world: Any) -> None:
    await world.happens("purchase", seconds=3600)
    await world.happens("cancel")
    world.vendor.faults.add("status", times=10**6)
    world.clock.advance(3601)
    assert await world.plan() == ("free", "expired")


def is_resync(message: object) -> bool:
    return isinstance(message, purchases.ResyncPurchases)


@given(
    st.permutations(range(4)),
    st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_the_youngest_by_the_stores_clock_wins_in_any_order(
    order: list[int], names: list[int]
) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    readings = [
        Reading(
            start + timedelta(seconds=number),
            start + timedelta(seconds=number, milliseconds=50),
            (Grant(f"e{names[number]}", "apple"),),
        )
        for number in range(4)
    ]
    kept: Reading | None = None
    for number in order:
        if judge(kept, readings[number]) is Verdict.KEEP:
            kept = readings[number]
    assert kept is not None
    assert kept.grants == readings[3].grants
