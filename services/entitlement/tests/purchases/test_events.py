"""What each kind of event leads to, through the vendor's own protocol."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from ab_entitlement.usecases.forget_purchase_events import ForgetPurchaseEvents
from ab_shared.contracts import purchases
from ab_shared.contracts.audit import AuditRecorded

ANON = "$RCAnonymousID:" + "a" * 32
PRO, FREE = ("pro", "active"), ("free", "active")


async def test_a_purchase_is_seen_and_told_once(world: Any) -> None:
    events = await world.happens("purchase")
    assert await world.plan() == PRO
    assert (await world.sees()).source == "apple"
    await world.tell(events * 3)
    await world.work()
    assert await world.changes() == ["user_1"]
    assert world.vendor.reads == ["user_1"]
    assert [outcome for _, outcome in world.meter.outcomes] == ["taken", *["known"] * 3]


@pytest.mark.parametrize(
    ("story", "after"),
    [
        (["cancel"], PRO),
        (["pause"], PRO),
        (["product-change"], PRO),
        (["cancel", "uncancel", "renew"], PRO),
        (["extend"], PRO),
        (["billing-issue"], ("pro", "grace")),
        (["billing-issue", "renew"], PRO),
        (["billing-issue", "expire"], ("free", "expired")),
        (["cancel", "expire"], ("free", "expired")),
        (["refund"], ("free", "expired")),
        (["refund", "refund-reversed"], PRO),
    ],
)
async def test_a_subscription_goes_on(world: Any, story: list[str], after: tuple[str, str]) -> None:
    await world.happens("purchase")
    for action in story:
        await world.happens(action)
    assert await world.plan() == after


async def test_access_lasts_to_the_end_of_grace_and_of_what_was_cancelled(world: Any) -> None:
    await world.happens("purchase", seconds=3600)
    await world.happens("cancel")
    world.clock.advance(3600)
    assert await world.plan() == ("free", "expired")
    await world.happens("purchase")
    await world.happens("billing-issue", grace_seconds=600)
    assert await world.plan() == ("pro", "grace")
    world.clock.advance(600)
    assert await world.plan() == ("free", "expired")


async def test_bought_once_stays(world: Any) -> None:
    await world.happens("purchase-once")
    world.clock.advance(3600 * 24 * 1000)
    assert await world.plan() == PRO
    assert (await world.sees()).renews_at is None


@pytest.mark.parametrize("action", ["test", "novelty"])
async def test_what_is_about_nobodys_purchases_is_kept_and_left_alone(
    world: Any, action: str
) -> None:
    await world.happens(action)
    assert world.vendor.reads == []
    assert len(world.kept.events) == 1
    assert world.meter.outcomes[0][1] == "ignored"


async def test_an_entitlement_that_gives_no_plan_gives_none(world: Any) -> None:
    await world.happens("purchase", entitlement="stickers")
    assert await world.plan() == FREE


async def test_a_transfer_moves_what_was_bought(world: Any) -> None:
    await world.happens("purchase")
    await world.happens("transfer", to="user_2")
    assert (await world.plan("user_1"), await world.plan("user_2")) == (FREE, PRO)
    assert await world.changes() == ["user_1", "user_1", "user_2"]


async def test_what_a_phone_bought_without_a_user_waits_for_one(world: Any) -> None:
    await world.happens("purchase", ANON)
    assert await world.plan() == FREE
    world.vendor.books.act("alias", ANON, user="user_1")
    await world.happens("renew", "user_1")
    assert await world.plan() == PRO
    assert world.kept.rows[ANON].user_id == "user_1"


async def test_a_restored_purchase_comes_with_its_transfer(world: Any) -> None:
    await world.happens("purchase", ANON)
    await world.happens("transfer", ANON, to="user_1")
    assert await world.plan() == PRO
    assert world.kept.rows[ANON].user_id == "user_1"


async def test_an_operator_links_what_nobody_claimed(world: Any) -> None:
    await world.happens("purchase", ANON)
    wanted = purchases.LinkPurchases(
        customer_id=ANON, user_id="user_1", actor="jo", reason="Receipt shown"
    )
    await world.cases.link(wanted)
    assert await world.plan() == PRO
    [entry] = [m for m in world.kept.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.actor, entry.action, entry.reason) == ("jo", "purchases.link", "Receipt shown")
    assert (entry.before, entry.after) == ({"user": None}, {"user": "user_1"})
    # The store's later word goes before it.
    await world.happens("transfer", ANON, to="user_2")
    assert (await world.plan("user_1"), await world.plan("user_2")) == (FREE, PRO)


async def test_a_temporary_grant_lasts_a_day_at_most(world: Any) -> None:
    # The vendor's books show nothing yet: only the event tells of it.
    event = world.vendor.books.act("grant", "user_1")[0]
    world.vendor.books.subscriber("user_1").temporary.clear()
    await world.tell([event])
    assert await world.plan() == PRO
    await world.work()
    assert await world.plan() == PRO
    world.clock.advance(86_400)
    assert await world.plan() == FREE


async def test_a_temporary_grant_ends_with_the_next_word(world: Any) -> None:
    event = world.vendor.books.act("grant", "user_1")[0]
    world.vendor.books.subscriber("user_1").temporary.clear()
    await world.tell([event])
    world.clock.advance(60)
    later = event | {"id": "later", "type": "EXPIRATION"}
    later["event_timestamp_ms"] += 60_000
    await world.tell([later])
    assert (await world.plan())[0] == "free"
    # And a grant for something else is none at all.
    await world.tell([event | {"id": "other", "entitlement_ids": ["stickers"]}])
    assert (await world.plan())[0] == "free"


async def test_a_grant_dated_in_the_future_ends_a_day_after_it_came(world: Any) -> None:
    event = world.vendor.books.act("grant", "user_1")[0]
    world.vendor.books.subscriber("user_1").temporary.clear()
    await world.tell([event | {"event_timestamp_ms": event["event_timestamp_ms"] * 2}])
    world.clock.advance(86_400)
    assert (await world.plan())[0] == "free"


async def test_test_purchases_count_where_they_are_said_to(world: Any) -> None:
    events = await world.happens("purchase", sandbox=True)
    assert await world.plan() == FREE
    assert world.vendor.reads == []
    assert world.meter.outcomes == [("INITIAL_PURCHASE", "ignored")]
    # Not even when they are read beside a real one.
    await world.happens("purchase-once", entitlement="stickers")
    assert await world.plan() == FREE
    world.book.plans = replace(world.book.plans, accept_sandbox=True)
    replay = purchases.ReplayPurchaseEvents(event_id=events[0]["id"], actor="jo")
    await world.cases.replay(replay)
    await world.work()
    assert await world.plan() == PRO


async def test_nothing_personal_is_kept(world: Any) -> None:
    await world.happens("purchase")
    kept = next(iter(world.kept.events.values()))
    assert "subscriber_attributes" not in kept.event
    assert "country_code" not in kept.event
    assert "example.com" not in str(kept)
    assert kept.event["price"] == 9.99


ABSURD: list[dict[str, Any]] = [
    {"app_user_id": None, "aliases": None},
    {"app_user_id": {"a": 1}, "aliases": "user_1"},
    {"aliases": [None, 1, [], "\x00", "x" * 5000, "user_1"]},
    {"event_timestamp_ms": -(10**30)},
    {"event_timestamp_ms": "yesterday"},
    {"event_timestamp_ms": 1e308},
    {"event_timestamp_ms": True},
    {"price": -1e300, "expiration_at_ms": -5, "entitlement_ids": {"pro": 1}},
    {"environment": 7},
    {"transferred_from": 5, "transferred_to": {"x": 1}},
]


@pytest.mark.parametrize("oddity", ABSURD)
async def test_absurd_fields_break_nothing(world: Any, oddity: dict[str, Any]) -> None:
    events = world.vendor.books.act("purchase", "user_1")
    await world.tell([events[0] | oddity])
    await world.tell([events[0] | oddity | {"id": "t", "type": "TRANSFER"}])
    await world.tell([events[0] | oddity | {"id": "g", "type": "TEMPORARY_ENTITLEMENT_GRANT"}])
    await world.work()
    assert (await world.plan())[0] in {"pro", "free"}
    # Whatever it was, the next good word mends it.
    await world.happens("renew")
    assert await world.plan() == PRO


async def test_customers_are_read_daily_and_at_each_end(world: Any) -> None:
    await world.happens("purchase", seconds=3 * 86_400)
    assert world.cases.read_due
    assert await world.cases.read_due() == 0
    world.clock.advance(86_400)
    # Its webhook was lost.
    world.vendor.books.act("refund", "user_1")
    assert await world.cases.read_due() == 1
    await world.work()
    assert await world.plan() == ("free", "expired")


async def test_a_lost_renewal_is_found_before_anybody_notices(world: Any) -> None:
    await world.happens("purchase", seconds=3600)
    world.clock.advance(3000)
    world.vendor.books.act("renew", "user_1")
    world.clock.advance(600)
    assert (await world.plan())[0] == "pro"
    world.clock.advance(60)
    assert await world.cases.read_due() == 1
    await world.work()
    assert await world.plan() == PRO


async def test_who_stopped_long_ago_is_no_longer_read(world: Any) -> None:
    await world.happens("purchase", seconds=3600)
    world.clock.advance(timedelta(days=31).total_seconds())
    assert await world.cases.read_due() == 1
    await world.work()
    assert world.kept.rows["user_1"].due_at is None
    world.clock.advance(timedelta(days=365).total_seconds())
    assert await world.cases.read_due() == 0


async def test_reconciling_on_demand_reads_only_who_is_known(world: Any) -> None:
    async def ask(user: str | None) -> int:
        request = purchases.ReconcilePurchases(user_id=user, actor="jo")
        return (await world.cases.reconcile(request)).customers

    await world.happens("purchase")
    world.vendor.books.act("refund", "user_1")
    assert await ask("stranger") == 0
    assert await ask("user_1") == 1
    await world.work()
    assert await world.plan() == ("free", "expired")
    # Nobody had told of the refund: that is what drift is.
    assert world.meter.differed == [True]
    assert await ask(None) == 1
    assert not world.vendor.books.knows("stranger")
    entries = [m for m in world.kept.transactions.sent if isinstance(m, AuditRecorded)]
    assert [(e.actor, e.action, e.subject, e.after) for e in entries] == [
        ("jo", "purchases.reconcile", "user:stranger", {"customers": 0}),
        ("jo", "purchases.reconcile", "user:user_1", {"customers": 1}),
        ("jo", "purchases.reconcile", "purchases:all", {"customers": 1}),
    ]


async def test_events_are_kept_as_long_as_was_said(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ab_entitlement.usecases.forget_purchase_events.BATCH", 2)
    forget = ForgetPurchaseEvents(world.kept, world.clock, timedelta(days=30))
    for action in ("purchase", "cancel", "uncancel"):
        await world.happens(action)
    world.clock.advance(timedelta(days=29).total_seconds())
    await world.happens("refund")
    assert await forget() == 0
    world.clock.advance(timedelta(days=1).total_seconds())
    assert await forget() == 3
    assert len(world.kept.events) == 1
    assert await world.plan() == ("free", "expired")


async def test_a_replay_brings_nothing_old_back(world: Any) -> None:
    await world.happens("purchase")
    await world.happens("refund")
    before = await world.changes()
    answer = await world.cases.replay(purchases.ReplayPurchaseEvents(actor="jo"))
    assert (answer.events, answer.customers, answer.last) == (2, 2, None)
    [entry] = [m for m in world.kept.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.actor, entry.action) == ("jo", "purchases.replay")
    assert world.cases.read_due
    await world.cases.read_due()
    await world.work()
    assert await world.plan() == ("free", "expired")
    assert await world.changes() == before
