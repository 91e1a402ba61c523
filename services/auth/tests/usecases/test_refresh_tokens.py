"""Carrying a sign-in on, and ending it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import jwt
import pytest
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts import rpc
from ab_shared.errors import Unauthorized
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr

DAY = 24 * 3600


def refresh_token(token: SecretStr) -> rpc.RefreshToken:
    return rpc.RefreshToken(token=token)


class Client:
    """A phone that signs in, renews and signs out."""

    def __init__(self, desk: BuiltinIssuer) -> None:
        self.desk = desk

    async def register(self) -> rpc.TokenPair:
        credentials = rpc.Credentials(
            email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
        )
        return await self.desk.register(rpc.Register(credentials=credentials))

    async def refresh(self, tokens: rpc.TokenPair) -> rpc.TokenPair:
        return await self.desk.refresh(rpc.Refresh(refresh=refresh_token(tokens.refresh_token)))

    async def log_out(self, tokens: rpc.TokenPair) -> None:
        await self.desk.log_out(rpc.Logout(refresh=refresh_token(tokens.refresh_token)))

    async def is_refused(self, tokens: rpc.TokenPair) -> bool:
        try:
            await self.refresh(tokens)
        except Unauthorized:
            return True
        return False


@pytest.fixture
def client(desk: BuiltinIssuer) -> Client:
    return Client(desk)


def session_of(tokens: rpc.TokenPair) -> str:
    unverified = {"verify_signature": False}
    claims = jwt.decode(tokens.access_token.get_secret_value(), options=unverified)
    return str(claims["sid"])


async def test_a_pair_follows_a_pair_in_one_session(client: Client) -> None:
    first = await client.register()
    second = await client.refresh(first)
    third = await client.refresh(second)
    pairs = [first, second, third]
    assert len({pair.refresh_token.get_secret_value() for pair in pairs}) == 3
    assert len({session_of(pair) for pair in pairs}) == 1


async def test_a_used_token_revokes_the_family_and_the_revocation_stays(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    first = await client.register()
    second = await client.refresh(first)
    with caplog.at_level(logging.WARNING, logger="ab.auth"):
        assert await client.is_refused(first)
    assert await client.is_refused(second)
    assert "its family is revoked" in caplog.text
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert first.refresh_token.get_secret_value() not in logged


async def test_other_sign_ins_live_on(client: Client) -> None:
    first = await client.register()
    credentials = rpc.Credentials(
        email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
    )
    other = await client.desk.log_in(rpc.Login(credentials=credentials))
    await client.refresh(first)
    assert await client.is_refused(first)
    await client.refresh(other)


async def test_the_same_token_twice_at_once_works_at_most_once_and_ends_the_family(
    client: Client,
) -> None:
    first = await client.register()
    answers = await asyncio.gather(*(client.is_refused(first) for _ in range(5)))
    assert sum(not refused for refused in answers) == 1


async def test_a_token_nobody_used_for_thirty_days_is_refused(
    client: Client, clock: FakeClock
) -> None:
    first = await client.register()
    clock.advance(29 * DAY)
    second = await client.refresh(first)
    clock.advance(30 * DAY)
    assert await client.is_refused(second)


async def test_signing_out_ends_the_session_and_may_be_repeated(client: Client) -> None:
    first = await client.register()
    await client.log_out(first)
    await client.log_out(first)
    assert await client.is_refused(first)


async def test_an_unknown_token_is_refused_and_its_sign_out_is_no_error(
    client: Client, memory_store: Any
) -> None:
    tokens = await client.register()
    stranger = tokens.model_copy(update={"refresh_token": SecretStr("made-up")})
    before = memory_store.rows
    assert await client.is_refused(stranger)
    await client.log_out(stranger)
    assert memory_store.rows == before
