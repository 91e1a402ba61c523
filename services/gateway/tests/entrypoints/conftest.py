"""The public API put together over a broker in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import pytest
from ab_gateway.bootstrap import Gateway, Outside, assemble
from ab_gateway.domain.identity import Issuer
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.settings import GatewaySettings
from ab_shared.contracts.base import Message, ReplyT, Request
from ab_shared.errors import AbError
from ab_shared.messaging.ports import Caller
from ab_shared.storage.cdn import PresignedUrlSigner
from ab_shared.testing.memory_broker import MemoryBroker
from fastapi import FastAPI
from gateway_memory.answers import MemoryAnswers
from pydantic import SecretStr

BUILTIN = "https://auth.example.test"
CLERK = "https://clerk.example.test"
CATALOGUE_ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")


PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Patient:
    """Calls as the gateway does, and waits longer: a starved machine is no service that is away."""

    services: Caller

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        return self.services.call(request, timeout=max(timeout, PATIENCE_SECONDS))


@dataclass
class World:
    """Everything a test of the public API touches."""

    app: FastAPI
    gateway: Gateway
    client: httpx.AsyncClient
    broker: MemoryBroker
    services: Any
    store: Any
    keys: Any
    settings: GatewaySettings
    fetched: list[str]
    answers: Any

    def auth(self, user: str = "user_1", **changes: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys.token(user, **changes)}"}

    def refuse(self, error: AbError | Exception) -> None:
        self.services.fails_with = error


@cache
def application(*, builtin_issuer: bool, cors_origins: tuple[str, ...], at_once: int) -> FastAPI:
    """The routes, made once: they hold nothing but the parts a test gives them."""
    return public_app(
        builtin_issuer=builtin_issuer, cors_origins=cors_origins, most_at_once=at_once
    )


@pytest.fixture
def settings() -> GatewaySettings:
    return GatewaySettings(
        environment="test",
        rabbitmq_url="amqp://memory",
        valkey_url="redis://memory",
        token_issuers=(
            Issuer(BUILTIN, "builtin"),
            Issuer(CLERK, "jwks", authorized_parties=("https://app.example.test",)),
        ),
        builtin_issuer_enabled=True,
        aws_s3_bucket_name="ab-media",
        aws_endpoint_url_s3="http://127.0.0.1:8333",
        media_public_base_url="http://10.0.2.2:8333",
        aws_access_key_id="AKID",
        aws_secret_access_key="hush-hush",
        cors_origins=("https://app.example.test",),
    )


@pytest.fixture
async def start(
    keys: Any, services: Any, memory_store: Any, settings: GatewaySettings
) -> AsyncIterator[Any]:
    """Starts a gateway with some settings changed; ``meanwhile`` is sent while none is up."""
    opened: list[httpx.AsyncClient] = []

    async def starting(*, meanwhile: tuple[Message, ...] = (), **changes: Any) -> World:
        chosen = GatewaySettings(**{**settings.model_dump(), **changes})
        broker, store = MemoryBroker(), memory_store
        for name, answers in services.subscriptions().items():
            await broker.bus(name).serve(answers)
        fetched: list[str] = []

        def published(request: httpx.Request) -> httpx.Response:
            fetched.append(str(request.url))
            key = keys.published("rsa")
            return httpx.Response(200, json={"keys": [{**key.jwk, "kid": key.kid}]})

        issuers = httpx.AsyncClient(transport=httpx.MockTransport(published))
        signer = PresignedUrlSigner(
            chosen.media_public_base_url or "http://store",
            chosen.aws_s3_bucket_name,
            region="us-east-1",
            access_key_id=SecretStr("AKID"),
            secret_access_key=SecretStr("s"),
        )
        bus = broker.bus("gateway")
        answers = MemoryAnswers(store)
        outside = Outside(
            Patient(bus), store, answers, signer, issuers, lambda: datetime.now(UTC), bus
        )
        gateway = assemble(chosen, outside)
        for message in meanwhile:
            await broker.send(message)
        await bus.serve(gateway.heard)
        app = application(
            builtin_issuer=chosen.builtin_issuer_enabled,
            cors_origins=chosen.cors_origins,
            at_once=chosen.max_concurrent_requests,
        )
        app.state.parts = gateway.parts
        transport = httpx.ASGITransport(app, client=("203.0.113.9", 4711))
        client = httpx.AsyncClient(transport=transport, base_url="http://api.test")
        opened.extend((client, issuers))
        services.add_session(None, CATALOGUE_ID)
        return World(app, gateway, client, broker, services, store, keys, chosen, fetched, answers)

    yield starting
    for client in opened:
        await client.aclose()


@pytest.fixture
async def world(start: Any) -> World:
    return await start()
