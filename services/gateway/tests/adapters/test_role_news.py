"""A role that changes is heard of by every gateway process, over a real broker."""

from __future__ import annotations

import asyncio

import pytest
from ab_gateway.adapters.role_cache import RoleCache
from ab_gateway.usecases.evict_role import EvictRole
from ab_shared.contracts.admin import HeldRole, Role, RoleChanged
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.clock import utc_now

pytestmark = pytest.mark.real
HEARD_SECONDS = 10.0


async def process(url: str) -> tuple[RabbitBus, RoleCache, asyncio.Event]:
    """What a gateway process has of roles, with one that is kept."""
    bus, cache, heard = RabbitBus(url, "gateway"), RoleCache(utc_now), Subscriptions()
    cache.keep(HeldRole(user_id="user_x", role=Role.ADMIN, version=1))
    evict, told = EvictRole(cache), asyncio.Event()

    async def evicting(event: RoleChanged) -> None:
        await evict(event)
        told.set()

    heard.on(RoleChanged, evicting)
    await bus.start()
    await bus.serve(heard)
    return bus, cache, told


async def test_both_processes_forget_a_role_that_was_taken(rabbitmq_url: str) -> None:
    await declare(rabbitmq_url)
    auth = RabbitBus(rabbitmq_url, "auth")
    await auth.start()
    processes = [await process(rabbitmq_url) for _ in range(2)]
    assert all(cache.find("user_x") for _, cache, _ in processes)
    changed = RoleChanged(user_id="user_x", role=None, version=2)
    await auth.publish(wrap(changed, producer="auth", correlation_id="c"))
    async with asyncio.timeout(HEARD_SECONDS):
        await asyncio.gather(*(told.wait() for _, _, told in processes))
    # What was asked before the news and answered after it is not believed by either.
    late = HeldRole(user_id="user_x", role=Role.ADMIN, version=1)
    for bus, cache, _ in processes:
        assert cache.find("user_x") is None
        assert not cache.keep(late)
        await bus.close()
    await auth.close()
