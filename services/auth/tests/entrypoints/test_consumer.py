"""The service as the gateway sees it, over the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from ab_auth.bootstrap import role_desk
from ab_auth.entrypoints.consumer import AuditDesk, BuiltinIssuer, subscriptions
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.record_audit import RecordAudit
from ab_shared.contracts import identity_events, privacy, rpc
from ab_shared.contracts.base import Message
from ab_shared.errors import Conflict, NotFound, Unauthorized, ValidationFailed
from ab_shared.messaging.ports import Caller, Subscriptions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker
from pydantic import SecretStr

ISSUER = "https://auth.test"


GOOD = "correct horse battery"


def credentials(password: str = GOOD) -> rpc.Credentials:
    return rpc.Credentials(email=SecretStr("ada@example.org"), password=SecretStr(password))


def trail(store: Any) -> AuditDesk:
    return AuditDesk(RecordAudit(store, b"k" * 32), ListAudit(store))


def with_deaf_ears(heard: Subscriptions) -> Subscriptions:
    """With somebody for what other desks hear, so that the service may start."""

    async def nothing(_message: Message) -> None:
        """Not what these tests are about."""

    heard.on(privacy.Erased, nothing)
    heard.on(identity_events.MeetUser, nothing)
    heard.on(identity_events.MeetUsers, nothing)
    return heard


@pytest.fixture
async def gateway(
    memory_store: Any, desk: BuiltinIssuer, clock: FakeClock
) -> AsyncIterator[Caller]:
    broker = MemoryBroker()
    bus = broker.bus("auth")
    profile = GetProfile(memory_store, ISSUER, clock)
    roles = role_desk(memory_store, None, ISSUER)
    heard = subscriptions(profile, desk, trail(memory_store), roles)
    await bus.serve(with_deaf_ears(heard))
    yield broker.bus("gateway")
    await bus.close()


async def test_register_profile_login_refresh_logout(gateway: Caller) -> None:
    first = await gateway.call(rpc.Register(credentials=credentials()))
    profile = await gateway.call(rpc.GetProfile(user_id=first.user_id, issuer=ISSUER))
    assert profile.user_id == first.user_id
    second = await gateway.call(rpc.Login(credentials=credentials()))
    refresh = rpc.Refresh(refresh=rpc.RefreshToken(token=second.refresh_token))
    third = await gateway.call(refresh)
    await gateway.call(rpc.Logout(refresh=rpc.RefreshToken(token=third.refresh_token)))
    with pytest.raises(Unauthorized):
        await gateway.call(rpc.Refresh(refresh=rpc.RefreshToken(token=third.refresh_token)))
    assert (await gateway.call(rpc.GetSigningKeys())).issuer == ISSUER


async def test_refusals_arrive_as_what_they_are(gateway: Caller) -> None:
    await gateway.call(rpc.Register(credentials=credentials()))
    with pytest.raises(Conflict):
        await gateway.call(rpc.Register(credentials=credentials()))
    with pytest.raises(ValidationFailed):
        await gateway.call(rpc.Register(credentials=credentials("weak")))
    with pytest.raises(Unauthorized):
        await gateway.call(rpc.Login(credentials=credentials("wrong horse battery")))


async def test_without_the_builtin_issuer_nobody_signs_in_but_profiles_are_answered(
    memory_store: Any, clock: FakeClock
) -> None:
    broker = MemoryBroker()
    bus, gateway = broker.bus("auth"), broker.bus("gateway")
    profile = GetProfile(memory_store, None, clock)
    roles = role_desk(memory_store, None, None)
    heard = subscriptions(profile, None, trail(memory_store), roles)
    await bus.serve(with_deaf_ears(heard))
    token = rpc.RefreshToken(token=SecretStr("any"))
    refused = [
        rpc.Register(credentials=credentials()),
        rpc.Login(credentials=credentials()),
        rpc.Refresh(refresh=token),
        rpc.Logout(refresh=token),
        rpc.GetSigningKeys(),
    ]
    for request in refused:
        with pytest.raises(NotFound):
            await gateway.call(request)
    clerk = rpc.GetProfile(user_id="user_2abc", issuer="https://clerk.example.org")
    assert (await gateway.call(clerk)).user_id == "user_2abc"
    await bus.close()
