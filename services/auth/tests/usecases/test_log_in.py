"""Signing in."""

from __future__ import annotations

from typing import Any

import pytest
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts import rpc
from ab_shared.errors import Unauthorized
from pydantic import SecretStr

PASSWORD = "correct horse battery"
ADA = "ada@example.org"


def credentials(email: str, password: str) -> rpc.Credentials:
    return rpc.Credentials(email=SecretStr(email), password=SecretStr(password))


@pytest.fixture
async def ada(desk: BuiltinIssuer) -> str:
    registered = await desk.register(rpc.Register(credentials=credentials(ADA, PASSWORD)))
    return registered.user_id


async def log_in(desk: BuiltinIssuer, email: str, password: str) -> rpc.TokenPair:
    return await desk.log_in(rpc.Login(credentials=credentials(email, password)))


async def test_each_sign_in_is_a_family_of_its_own(
    desk: BuiltinIssuer, ada: str, memory_store: Any
) -> None:
    tokens = await log_in(desk, " Ada@Example.org", PASSWORD)
    assert tokens.user_id == ada
    assert len(memory_store.rows.families) == 2


@pytest.mark.parametrize(
    ("email", "password"),
    [(ADA, "wrong horse battery"), ("bob@example.org", PASSWORD), ("no address", PASSWORD)],
)
@pytest.mark.usefixtures("ada")
async def test_whatever_is_wrong_looks_the_same_and_costs_the_same(
    desk: BuiltinIssuer, passwords: Any, email: str, password: str
) -> None:
    with pytest.raises(Unauthorized) as refusal:
        await log_in(desk, email, password)
    assert refusal.value.message == "The e-mail address or the password is wrong"
    assert refusal.value.details == {}
    assert len(passwords.compared) == 1


@pytest.mark.usefixtures("ada")
async def test_a_password_is_encoded_anew_when_the_parameters_changed(
    desk: BuiltinIssuer, passwords: Any, memory_store: Any
) -> None:
    before = memory_store.rows.passwords[ADA]
    await log_in(desk, ADA, PASSWORD)
    assert memory_store.rows.passwords[ADA] == before
    passwords.version = 2
    await log_in(desk, ADA, PASSWORD)
    assert memory_store.rows.passwords[ADA].encoded.startswith("2:")
    await log_in(desk, ADA, PASSWORD)
