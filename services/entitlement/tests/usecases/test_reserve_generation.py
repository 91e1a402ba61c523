"""Taking a generation: idempotent, bounded, and silent when refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.subscription import Grant, Subscription
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_shared.contracts import rpc
from ab_shared.errors import Conflict, FreeLimitReached
from ab_shared.testing.clock import FakeClock
from prometheus_client import REGISTRY

PRO = Subscription("user", (Grant("pro", "internal"),))


def on_trust() -> float:
    labels = {"plan": "pro", "status": "unknown"}
    return REGISTRY.get_sample_value("ab_entitlements_answered_total", labels) or 0.0


def asked(number: int, user: str = "user") -> rpc.ReserveGeneration:
    return rpc.ReserveGeneration(reservation_id=UUID(int=number), user_id=user)


async def test_a_stranger_is_on_the_free_plan(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    answer = await GetEntitlement(memory_ledger, book, clock)(rpc.GetEntitlement(user_id="new"))
    assert (answer.plan, answer.status, answer.remaining_today) == ("free", "active", 2)
    assert memory_ledger.reservations == {}


async def test_a_payer_taken_on_trust_is_counted(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    ended = clock() - timedelta(hours=1)
    trusted = Grant("pro", "apple", expires_at=ended, will_renew=True)
    memory_ledger.subscriptions["payer"] = Subscription("payer", (trusted,))
    before = on_trust()
    answer = await GetEntitlement(memory_ledger, book, clock)(rpc.GetEntitlement(user_id="payer"))
    assert (answer.plan, answer.status) == ("pro", "unknown")
    assert on_trust() == before + 1


async def test_the_third_of_a_day_is_refused_and_leaves_nothing_behind(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    assert (await reserve(asked(1))).remaining_today == 1
    assert (await reserve(asked(2))).remaining_today == 0
    with pytest.raises(FreeLimitReached):
        await reserve(asked(3))
    assert set(memory_ledger.reservations) == {UUID(int=1), UUID(int=2)}
    assert await memory_ledger.sent() == ["entitlement.changed.v1"] * 2


async def test_the_same_reservation_again_takes_and_says_nothing_more(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    first = await reserve(asked(1))
    assert await reserve(asked(1)) == first
    assert first.version == 1
    assert await memory_ledger.sent() == ["entitlement.changed.v1"]


async def test_plans_that_change_hold_from_the_next_request_on(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    await reserve(asked(1))
    book.plans = plans_with(1)
    with pytest.raises(FreeLimitReached):
        await reserve(asked(2))
    book.plans = plans_with(3)
    assert (await reserve(asked(2))).remaining_today == 1


async def test_where_days_are_the_users_own_a_zone_told_once_stays(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    book.plans = replace(plans_with(1), day="user")
    reserve = ReserveGeneration(memory_ledger, book, clock)
    far_west = asked(1).model_copy(update={"timezone": "Pacific/Pago_Pago"})
    await reserve(far_west)
    day = memory_ledger.reservations[UUID(int=1)].day
    # Elsewhere another day has begun: no new generations for saying so.
    clock.advance(1800)
    with pytest.raises(FreeLimitReached):
        await reserve(asked(2).model_copy(update={"timezone": "Pacific/Kiritimati"}))
    clock.advance(24 * 3600)
    await reserve(asked(2).model_copy(update={"timezone": "Pacific/Kiritimati"}))
    assert memory_ledger.reservations[UUID(int=2)].day > day


async def test_a_new_utc_day_brings_new_ones(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    await reserve(asked(1))
    await reserve(asked(2))
    clock.advance(12 * 3600)
    assert (await reserve(asked(3))).remaining_today == 1


async def test_pro_is_never_refused(memory_ledger: Any, book: Any, clock: FakeClock) -> None:
    await memory_ledger.subscribe("user", PRO)
    reserve = ReserveGeneration(memory_ledger, book, clock)
    answers = [await reserve(asked(number)) for number in range(10)]
    assert {answer.remaining_today for answer in answers} == {None}


async def test_somebody_elses_reservation_is_a_conflict(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    await reserve(asked(1))
    with pytest.raises(Conflict):
        await reserve(asked(1, user="other"))


async def test_many_at_once_never_pass_the_limit(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    requests = [rpc.ReserveGeneration(reservation_id=uuid4(), user_id="user") for _ in range(50)]
    answers = await asyncio.gather(*map(reserve, requests), return_exceptions=True)
    assert sum(isinstance(answer, FreeLimitReached) for answer in answers) == 48
    assert len(memory_ledger.reservations) == 2
