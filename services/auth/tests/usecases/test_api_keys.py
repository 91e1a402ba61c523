"""Keys for machines from making to revoking."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from ab_auth.entrypoints.keys import ApiKeyDesk
from ab_auth.usecases.get_profile import GetProfile
from ab_shared.contracts import api_keys, rpc
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import Conflict, NotFound, Unauthorized
from ab_shared.testing.clock import FakeClock
from auth_memory.keys import machines_of
from pydantic import ValidationError

DAY = 24 * 3600
WHO: dict[str, Any] = {"actor": "jo", "actor_kind": "operator"}


@pytest.fixture
def desk(memory_store: Any, clock: FakeClock) -> ApiKeyDesk:
    return machines_of(memory_store, clock)


def making(name: str = "load-tests", **changes: Any) -> api_keys.MakeApiKey:
    wanted = {"name": name, "scopes": ("me:read",), "life_seconds": 90 * DAY, **WHO, **changes}
    return api_keys.MakeApiKey.model_validate(wanted)


def rotating(key_id: str, overlap: int = DAY) -> api_keys.RotateApiKey:
    return api_keys.RotateApiKey(
        key_id=key_id, life_seconds=90 * DAY, overlap_seconds=overlap, **WHO
    )


def question(made: api_keys.NewApiKey) -> api_keys.VerifyApiKey:
    _, key_id, secret = made.token.get_secret_value().split("_", 2)
    return api_keys.VerifyApiKey(key_id=key_id, digest=sha256(secret.encode()).hexdigest())


async def opens(desk: ApiKeyDesk, made: api_keys.NewApiKey) -> bool:
    try:
        await desk.verify(question(made))
    except Unauthorized:
        return False
    return True


async def test_a_key_opens_for_its_own_machine_user(
    desk: ApiKeyDesk, memory_store: Any, clock: FakeClock
) -> None:
    made = await desk.make(making(scopes=("sessions:write", "me:read", "me:read")))
    found = await desk.verify(question(made))
    assert (found.user_id, found.scopes) == (made.key.user_id, ("me:read", "sessions:write"))
    profile = GetProfile(memory_store, "https://auth.test", clock)
    asked = rpc.GetProfile(user_id=found.user_id, issuer=api_keys.API_KEY_ISSUER)
    assert (await profile(asked)).user_id == found.user_id
    kept = repr(memory_store.rows)
    assert made.token.get_secret_value().split("_", 2)[2] not in kept


async def test_another_key_may_act_as_the_same_machine_but_as_nobody_else(
    desk: ApiKeyDesk, memory_store: Any
) -> None:
    first = await desk.make(making())
    second = await desk.make(making("scripts", user_id=first.key.user_id))
    assert second.key.user_id == first.key.user_id
    assert len(memory_store.rows.users) == 1
    with pytest.raises(NotFound):
        await desk.make(making("third", user_id="user_1"))


async def test_a_name_is_taken_until_its_key_is_revoked(desk: ApiKeyDesk) -> None:
    made = await desk.make(making())
    with pytest.raises(Conflict):
        await desk.make(making())
    await desk.revoke(api_keys.RevokeApiKey(key_id=made.key.key_id, **WHO))
    await desk.make(making())


async def test_two_secrets_live_for_the_overlap(desk: ApiKeyDesk, clock: FakeClock) -> None:
    first = await desk.make(making())
    second = await desk.rotate(rotating(first.key.key_id))
    assert [await opens(desk, one) for one in (first, second)] == [True, True]
    third = await desk.rotate(rotating(first.key.key_id))
    # The oldest of three ends at once.
    assert [await opens(desk, one) for one in (first, second, third)] == [False, True, True]
    clock.advance(DAY)
    assert [await opens(desk, one) for one in (second, third)] == [False, True]
    clock.advance(90 * DAY)
    assert not await opens(desk, third)


async def test_revoking_ends_all_secrets_and_is_told_and_audited(
    desk: ApiKeyDesk, memory_store: Any
) -> None:
    first = await desk.make(making())
    second = await desk.rotate(rotating(first.key.key_id))
    for _ in range(2):
        ended = await desk.revoke(api_keys.RevokeApiKey(key_id=first.key.key_id, **WHO))
        assert ended.revoked_at is not None
    assert [await opens(desk, one) for one in (first, second)] == [False, False]
    sent = memory_store.transactions.sent
    assert [m.revoked for m in sent if isinstance(m, api_keys.ApiKeyChanged)] == [False, True, True]
    actions = [m.action for m in sent if isinstance(m, AuditRecorded)]
    assert actions == ["api_key.make", "api_key.rotate", "api_key.revoke"]
    told = repr(sent)
    assert all(one.token.get_secret_value().split("_", 2)[2] not in told for one in (first, second))
    with pytest.raises(Conflict):
        await desk.rotate(rotating(first.key.key_id))


@pytest.mark.parametrize("deed", ["rotate", "revoke", "verify"])
async def test_an_unknown_key_is_refused(desk: ApiKeyDesk, deed: str) -> None:
    requests: dict[str, Any] = {
        "rotate": rotating("0" * 16),
        "revoke": api_keys.RevokeApiKey(key_id="0" * 16, **WHO),
        "verify": api_keys.VerifyApiKey(key_id="0" * 16, digest="0" * 64),
    }
    with pytest.raises(Unauthorized if deed == "verify" else NotFound):
        await getattr(desk, deed)(requests[deed])


async def test_the_secret_of_another_key_opens_nothing(desk: ApiKeyDesk) -> None:
    one, other = await desk.make(making()), await desk.make(making("other"))
    mixed = question(one).model_copy(update={"digest": question(other).digest})
    with pytest.raises(Unauthorized):
        await desk.verify(mixed)


async def test_a_use_is_written_down_now_and_then(desk: ApiKeyDesk, clock: FakeClock) -> None:
    made = await desk.make(making())
    first = clock()
    for _ in range(5):
        await desk.verify(question(made))
        clock.advance(59)
    [key] = (await desk.everything(api_keys.ListApiKeys())).keys
    assert key.secrets[0].last_used_at == first
    clock.advance(10)
    await desk.verify(question(made))
    [key] = (await desk.everything(api_keys.ListApiKeys())).keys
    assert key.secrets[0].last_used_at == clock()


async def test_ended_keys_are_listed_where_asked_for(desk: ApiKeyDesk, clock: FakeClock) -> None:
    gone = await desk.make(making("gone"))
    await desk.make(making("old", life_seconds=DAY))
    kept = await desk.make(making("kept"))
    await desk.revoke(api_keys.RevokeApiKey(key_id=gone.key.key_id, **WHO))
    clock.advance(DAY)
    listed = (await desk.everything(api_keys.ListApiKeys())).keys
    assert [key.name for key in listed] == [kept.key.name]
    everything = (await desk.everything(api_keys.ListApiKeys(ended=True))).keys
    assert {key.name for key in everything} == {"gone", "old", "kept"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"life_seconds": 0},
        {"life_seconds": 367 * DAY},
        {"scopes": ()},
        {"scopes": ("everything",)},
        {"name": "Load Tests"},
        {"name": "x" * 65},
    ],
)
def test_a_key_without_end_or_scope_is_no_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        making(**wrong)
