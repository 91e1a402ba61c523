"""The service as its neighbours see it, over the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.entrypoints.consumer import subscriptions
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.errors import FreeLimitReached
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker

ID = UUID(int=1)
ASKED = rpc.ReserveGeneration(reservation_id=ID, user_id="user")


@pytest.fixture
async def broker(memory_ledger: Any, clock: FakeClock) -> AsyncIterator[MemoryBroker]:
    broker = MemoryBroker()
    bus = broker.bus("entitlement")
    memory_ledger.publish_to(bus)
    plans = plans_with(1)
    await bus.serve(
        subscriptions(
            GetEntitlement(memory_ledger, plans, clock),
            ReserveGeneration(memory_ledger, plans, clock),
            SettleGeneration(memory_ledger, clock),
        )
    )
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
    assert changed == [EntitlementChanged(user_id="user")] * 3
    assert broker.dead == []


async def test_a_settlement_that_comes_twice_is_heard_once(broker: MemoryBroker) -> None:
    await broker.bus("session").call(ASKED)
    broker.twice(GenerationSettled)
    await broker.send(GenerationSettled(reservation_id=ID, user_id="user", outcome="released"))
    await broker.settle()
    assert len(broker.messages(EntitlementChanged)) == 2
    assert await remaining(broker) == 1
