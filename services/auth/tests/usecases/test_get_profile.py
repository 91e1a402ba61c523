"""Who somebody is to us."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from ab_auth.domain.identities import Departure, Outsider
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_auth.usecases.get_profile import GetProfile
from ab_shared.contracts import rpc
from ab_shared.errors import Conflict, NotFound
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr

BUILTIN = "https://auth.test"
CLERK = "https://clerk.example.org"


@pytest.fixture
def profile(memory_store: Any, clock: FakeClock) -> GetProfile:
    return GetProfile(memory_store, BUILTIN, clock)


async def test_a_registered_user_is_found(profile: GetProfile, desk: BuiltinIssuer) -> None:
    credentials = rpc.Credentials(
        email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
    )
    user_id = (await desk.register(rpc.Register(credentials=credentials))).user_id
    found = await profile(rpc.GetProfile(user_id=user_id, issuer=BUILTIN))
    assert (found.user_id, found.timezone) == (user_id, "UTC")


async def test_a_subject_of_our_own_without_account_is_nobody(
    profile: GetProfile, memory_store: Any
) -> None:
    with pytest.raises(NotFound):
        await profile(rpc.GetProfile(user_id="user_gone", issuer=BUILTIN))
    assert memory_store.rows.users == {}


async def test_a_user_of_another_issuer_is_made_once(
    profile: GetProfile, memory_store: Any, clock: FakeClock
) -> None:
    request = rpc.GetProfile(user_id="user_2abc", issuer=CLERK)
    made_at = clock()
    first = await asyncio.gather(profile(request), profile(request))
    clock.advance(60)
    assert [*first, await profile(request)] == [
        rpc.Profile(user_id="user_2abc", created_at=made_at)
    ] * 3
    assert await memory_store.sent() == ["auth.user_registered.v1"]


async def test_two_issuers_never_share_a_user(profile: GetProfile, memory_store: Any) -> None:
    await profile(rpc.GetProfile(user_id="user_2abc", issuer=CLERK))
    with pytest.raises(Conflict):
        await profile(rpc.GetProfile(user_id="user_2abc", issuer="https://other.example.org"))
    assert len(memory_store.rows.identities) == 1


@pytest.mark.parametrize("gone", [False, True])
async def test_whoever_was_erased_is_a_user_again_with_a_later_token_only(
    profile: GetProfile, memory_store: Any, clock: FakeClock, *, gone: bool
) -> None:
    ada = Outsider.named(CLERK, "user_2abc")
    async with memory_store.begin() as unit:
        await unit.keep_departure(ada, Departure(clock(), gone))
    asked = rpc.GetProfile(user_id="user_2abc", issuer=CLERK)
    for issued_at in (None, clock() - timedelta(seconds=1), clock()):
        with pytest.raises(NotFound):
            await profile(asked.model_copy(update={"issued_at": issued_at}))
    later = asked.model_copy(update={"issued_at": clock() + timedelta(seconds=1)})
    if gone:
        with pytest.raises(NotFound):
            await profile(later)
    else:
        assert (await profile(later)).user_id == "user_2abc"
