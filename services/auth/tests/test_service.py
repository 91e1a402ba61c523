"""The whole service on a real broker and a real database."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest
from ab_auth.main import create_app
from ab_auth.settings import AuthSettings
from ab_shared.contracts import rpc
from ab_shared.errors import SettingsInvalid, Unauthorized
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.settings import Environment
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase
from pydantic import SecretStr

pytestmark = pytest.mark.real
ISSUER = "http://127.0.0.1:8787"


def settings(url: str, rabbitmq_url: str, key: bytes = bytes(32)) -> AuthSettings:
    return AuthSettings(
        database_url=SecretStr(url),
        rabbitmq_url=SecretStr(rabbitmq_url),
        environment=Environment.TEST,
        builtin_issuer_enabled=True,
        token_issuer_url=ISSUER,
        signing_key_encryption_key=SecretStr(base64.b64encode(key).decode()),
        erasure_proof_key=SecretStr("p" * 32),
        argon2_memory_kib=8192,
    )


@pytest.fixture
async def made(database: NewDatabase, rabbitmq_url: str) -> ServiceDatabase:
    await declare(rabbitmq_url)
    return await database("auth")


@pytest.fixture
async def gateway(rabbitmq_url: str, made: ServiceDatabase) -> AsyncIterator[RabbitBus]:
    """A gateway beside two instances of auth that started together."""
    apps = [create_app(settings(made.url, rabbitmq_url)) for _ in range(2)]
    runs = [app.router.lifespan_context(app) for app in apps]
    await asyncio.gather(*(run.__aenter__() for run in runs))
    bus = RabbitBus(rabbitmq_url, "gateway")
    await bus.start()
    yield bus
    await bus.close()
    for run in runs:
        await run.__aexit__(None, None, None)


async def test_either_instance_signs_with_the_one_key_and_knows_every_token(
    gateway: RabbitBus,
) -> None:
    credentials = rpc.Credentials(
        email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
    )
    tokens = await gateway.call(rpc.Register(credentials=credentials))
    [key] = (await gateway.call(rpc.GetSigningKeys())).keys
    for _ in range(4):
        claims = jwt.decode(
            tokens.access_token.get_secret_value(),
            jwt.PyJWK(key.jwk),
            algorithms=["EdDSA"],
            issuer=ISSUER,
        )
        assert claims["sub"] == tokens.user_id
        used = rpc.Refresh(refresh=rpc.RefreshToken(token=tokens.refresh_token))
        tokens = await gateway.call(used)
    with pytest.raises(Unauthorized):
        await gateway.call(used)
    profile = await gateway.call(rpc.GetProfile(user_id=tokens.user_id, issuer=ISSUER))
    assert profile.timezone == "UTC"


@pytest.mark.usefixtures("gateway")
async def test_a_restart_under_another_encryption_key_is_refused(
    rabbitmq_url: str, made: ServiceDatabase
) -> None:
    app = create_app(settings(made.url, rabbitmq_url, key=bytes(range(32))))
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY"):
        async with app.router.lifespan_context(app):
            pass


async def test_it_is_ready(rabbitmq_url: str, made: ServiceDatabase) -> None:
    app = create_app(settings(made.url, rabbitmq_url))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://internal") as client,
    ):
        answer = await client.get("/readyz")
    assert answer.json() == {"ready": True, "parts": {"postgres": "ok", "rabbitmq": "ok"}}
