"""The service as its neighbours see it, over the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.bootstrap import quota
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.entrypoints.consumer import subscriptions
from ab_entitlement.entrypoints.erasing import hear_erasures
from ab_entitlement.usecases.erase_user import EraseUser
from ab_shared.contracts import rpc, usage
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.errors import FreeLimitReached
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker

ID = UUID(int=1)
ASKED = rpc.ReserveGeneration(reservation_id=ID, user_id="user")


@pytest.fixture
async def broker(memory_ledger: Any, book: Any, clock: FakeClock) -> AsyncIterator[MemoryBroker]:
    broker = MemoryBroker()
    bus = broker.bus("entitlement")
    memory_ledger.publish_to(bus)
    book.plans = plans_with(1)
    heard = subscriptions(quota(memory_ledger, book, clock))
    # Erasing is tested on the real database: here nobody is erased.
    await bus.serve(hear_erasures(heard, EraseUser(memory_ledger)))
    yield broker
    await bus.close()


async def remaining(broker: MemoryBroker) -> int | None:
    request = rpc.GetEntitlement(user_id="user")
    return (await broker.bus("gateway").call(request)).remaining_today


async def test_reserve_refuse_release_reserve_commit(broker: MemoryBroker) -> None:
    session = broker.bus("session")
    assert (await session.call(ASKED)).remaining_today == 0
    with pytest.raises(FreeLimitReached) as refusal:
        await session.call(ASKED.model_copy(update={"reservation_id": UUID(int=2)}))
    assert refusal.value.details["dailyGenerations"] == 1
    await broker.send(GenerationSettled(reservation_id=ID, user_id="user", outcome="released"))
    await broker.settle()
    assert await remaining(broker) == 1
    await session.call(ASKED)
    await broker.send(GenerationSettled(reservation_id=ID, user_id="user", outcome="committed"))
    await broker.settle()
    assert await remaining(broker) == 0
    changed = broker.messages(EntitlementChanged)
    assert changed == [EntitlementChanged(user_id="user", version=n) for n in (1, 2, 3)]
    assert broker.dead == []


async def test_a_settlement_that_comes_twice_is_heard_once(broker: MemoryBroker) -> None:
    await broker.bus("session").call(ASKED)
    broker.twice(GenerationSettled)
    await broker.send(GenerationSettled(reservation_id=ID, user_id="user", outcome="released"))
    await broker.settle()
    assert len(broker.messages(EntitlementChanged)) == 2
    assert await remaining(broker) == 1


async def test_costs_usage_reservations_and_corrections_over_the_broker(
    broker: MemoryBroker,
) -> None:
    session, gateway = broker.bus("session"), broker.bus("gateway")
    operator = broker.bus("operator")
    await session.call(ASKED)
    cost = usage.JobCosted(
        job_id=ID,
        session_id=ID,
        user_id="user",
        outcome="completed",
        characters=10,
        reads_made=2,
        reads_reused=6,
        rendered_ms=1000,
        render_ms=50,
    )
    broker.twice(usage.JobCosted)
    await broker.send(cost)
    await broker.settle()
    report = await gateway.call(usage.GetUsage(user_id="user"))
    assert report.spent == usage.Spent(
        generations=1,
        characters=10,
        reads_made=2,
        reads_reused=6,
        rendered_ms=1000,
        render_ms=50,
        jobs=1,
    )
    later = report.resets_at
    held = await session.call(usage.ListReservations(reserved_before=later))
    assert [row.reservation_id for row in held.reservations] == [ID]
    wanted = usage.CorrectQuota(
        request_id=ID, user_id="user", amount=-1, reason="A track that never played", actor="ada"
    )
    await operator.call(wanted)
    assert await remaining(broker) == 1
    assert (await operator.call(usage.ShowQuota(user_id="user"))).balance == 0
    assert broker.dead == []
