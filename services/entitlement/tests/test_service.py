"""The whole service on a real broker and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from ab_entitlement.main import create_app
from ab_entitlement.settings import EntitlementSettings
from ab_shared.contracts import rpc
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.errors import FreeLimitReached
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.testing.infra import NewDatabase
from pydantic import SecretStr
from starlette.applications import Starlette

pytestmark = pytest.mark.real
ID = UUID(int=1)
ASKED = rpc.ReserveGeneration(reservation_id=ID, user_id="user")


@pytest.fixture
async def app(rabbitmq_url: str, database: NewDatabase) -> AsyncIterator[Starlette]:
    await declare(rabbitmq_url)
    settings = EntitlementSettings(
        database_url=SecretStr((await database("entitlement")).url),
        rabbitmq_url=SecretStr(rabbitmq_url),
        free_daily_generations=1,
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield app


@asynccontextmanager
async def neighbour(url: str, service: str) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(url, service)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()


async def test_it_is_ready(app: Starlette) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://internal") as client:
        answer = await client.get("/readyz")
    assert answer.json() == {"ready": True, "parts": {"postgres": "ok", "rabbitmq": "ok"}}


@pytest.mark.usefixtures("app")
async def test_a_generation_is_taken_refused_and_given_back(rabbitmq_url: str) -> None:
    heard: asyncio.Queue[EntitlementChanged] = asyncio.Queue()
    listening = Subscriptions()
    listening.on(EntitlementChanged, heard.put)
    async with (
        neighbour(rabbitmq_url, "session") as session,
        neighbour(rabbitmq_url, "gateway") as gateway,
    ):
        await gateway.serve(listening)
        assert (await session.call(ASKED)).remaining_today == 0
        await asyncio.wait_for(heard.get(), 5)
        with pytest.raises(FreeLimitReached):
            await session.call(ASKED.model_copy(update={"reservation_id": UUID(int=2)}))
        event = GenerationSettled(reservation_id=ID, user_id="user", outcome="released")
        envelope = wrap(event, producer="session", correlation_id="c")
        await session.publish(envelope)
        await session.publish(envelope)
        await asyncio.wait_for(heard.get(), 5)
        entitlement = await gateway.call(rpc.GetEntitlement(user_id="user"))
        assert entitlement.remaining_today == 1
