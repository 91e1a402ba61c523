"""Making an account."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts import rpc
from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import Conflict, ValidationFailed
from pydantic import SecretStr

PASSWORD = "correct horse battery"


def asked(email: str = "ada@example.org", password: str = PASSWORD) -> rpc.Register:
    credentials = rpc.Credentials(email=SecretStr(email), password=SecretStr(password))
    return rpc.Register(credentials=credentials)


async def test_an_account_is_made_signed_in_and_announced(
    desk: BuiltinIssuer, memory_store: Any
) -> None:
    tokens = await desk.register(asked())
    assert tokens.user_id.startswith("user_")
    assert tokens.expires_in == 900
    assert set(memory_store.rows.users) == {tokens.user_id}
    [event] = memory_store.transactions.sent
    assert isinstance(event, UserRegistered)
    assert event.user_id == tokens.user_id


async def test_a_taken_address_is_a_conflict_however_it_is_spelled(
    desk: BuiltinIssuer, memory_store: Any
) -> None:
    await desk.register(asked())
    before = memory_store.rows
    with pytest.raises(Conflict):
        await desk.register(asked("  ADA@example.org", "another good one"))
    assert memory_store.rows == before
    assert await memory_store.sent() == ["auth.user_registered.v1"]


@pytest.mark.parametrize(("email", "password"), [("nobody", PASSWORD), ("ada@example.org", "weak")])
async def test_bad_input_leaves_nothing_behind(
    desk: BuiltinIssuer, memory_store: Any, email: str, password: str
) -> None:
    with pytest.raises(ValidationFailed):
        await desk.register(asked(email, password))
    assert memory_store.rows.users == {}
    assert await memory_store.sent() == []


async def test_two_at_once_make_one_account(desk: BuiltinIssuer, memory_store: Any) -> None:
    answers = await asyncio.gather(
        desk.register(asked()), desk.register(asked()), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "TokenPair"]
    assert len(memory_store.rows.users) == 1


async def test_nothing_personal_or_secret_is_logged_or_kept_plain(
    desk: BuiltinIssuer, memory_store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        tokens = await desk.register(asked())
    logged = " ".join(str(vars(record)) for record in caplog.records)
    refresh_token = tokens.refresh_token.get_secret_value()
    secrets = ["ada@", PASSWORD, refresh_token, tokens.access_token.get_secret_value()]
    assert "An account was made" in logged
    assert [secret for secret in secrets if secret in logged] == []
    assert tokens.user_id not in logged
    assert refresh_token not in str(memory_store.rows)
    assert refresh_token not in repr(tokens)
