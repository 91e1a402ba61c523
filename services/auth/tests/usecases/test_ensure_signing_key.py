"""The keys of several instances, from the first start through every rotation."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_auth.domain.signing_keys import SigningKey, verifying
from ab_shared.contracts import signing_keys as contract
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import KeysRotated
from ab_shared.errors import Conflict, SettingsInvalid
from ab_shared.testing.clock import FakeClock
from auth_memory.keys import ACCESS_LIFE, ENCRYPTION_KEY, ROTATION, Instance

ASKED = contract.RotateSigningKey(actor="jo", actor_kind="operator", reason="a drill")
LEAD = ROTATION.lead.total_seconds()


@pytest.fixture
def instances(memory_store: Any, key_maker: Ed25519Keys, clock: FakeClock) -> list[Instance]:
    return [Instance(memory_store, clock, key_maker) for _ in range(3)]


def kid_of(instance: Instance) -> str:
    return str(jwt.get_unverified_header(instance.signer.sign({"sub": "u"}))["kid"])


def announced(store: Any) -> list[list[str]]:
    events = [m for m in store.transactions.sent if isinstance(m, KeysRotated)]
    return [[key.kid for key in event.keys] for event in events]


async def test_instances_that_start_together_make_one_key_and_say_so_once(
    memory_store: Any, instances: list[Instance]
) -> None:
    await asyncio.gather(*(one.ensure() for one in instances))
    [key] = memory_store.rows.keys
    assert {kid_of(one) for one in instances} == {key.kid}
    assert announced(memory_store) == [[key.kid]]
    [event] = memory_store.transactions.sent
    assert "d" not in event.keys[0].jwk


async def test_many_rotations_at_once_are_one_and_all_sign_with_it_at_its_time(
    memory_store: Any, instances: list[Instance], clock: FakeClock
) -> None:
    await asyncio.gather(*(one.ensure() for one in instances))
    first = kid_of(instances[0])
    answers = await asyncio.gather(
        *(one.rotate(ASKED) for one in instances), return_exceptions=True
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    [done] = [answer for answer in answers if isinstance(answer, contract.SigningKeyStates)]
    assert [key.stage for key in done.keys] == ["signing", "published"]
    # Published before anybody signs with it.
    assert announced(memory_store)[-1] == [first, done.keys[1].kid]
    await asyncio.gather(*(one.ensure() for one in instances))
    clock.advance(LEAD - 1)
    assert {kid_of(one) for one in instances} == {first}
    clock.advance(1)
    assert {kid_of(one) for one in instances} == {done.keys[1].kid}
    [entry] = [m for m in memory_store.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.action, entry.actor, entry.reason) == ("signing_key.rotate", "jo", "a drill")


async def test_an_old_key_leaves_once_its_last_token_is_dead(
    memory_store: Any, instances: list[Instance], clock: FakeClock
) -> None:
    one = instances[0]
    await one.ensure()
    first = kid_of(one)
    await one.rotate(ASKED)
    clock.advance(LEAD + ACCESS_LIFE.total_seconds())
    await one.ensure()
    assert first in {key.kid for key in memory_store.rows.keys}
    clock.advance(61)
    await one.ensure()
    assert [key.kid for key in memory_store.rows.keys] == [kid_of(one)]
    assert announced(memory_store)[-1] == [kid_of(one)]


async def test_keys_take_turns_by_age(
    memory_store: Any, instances: list[Instance], clock: FakeClock
) -> None:
    one = instances[0]
    await one.ensure()
    first = kid_of(one)
    clock.advance(ROTATION.max_age.total_seconds() - LEAD - 1)
    await one.ensure()
    assert len(memory_store.rows.keys) == 1
    clock.advance(1)
    await asyncio.gather(*(other.ensure() for other in instances))
    assert len(memory_store.rows.keys) == 2
    clock.advance(LEAD)
    assert {kid_of(other) for other in instances} != {first}


async def test_a_longer_life_of_tokens_is_remembered_before_one_is_signed(
    memory_store: Any, instances: list[Instance], key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    await instances[0].ensure()
    longer = Instance(memory_store, clock, key_maker, access_life=4 * ACCESS_LIFE)
    await longer.ensure()
    [key] = memory_store.rows.keys
    assert key.token_seconds == 4 * ACCESS_LIFE.total_seconds()
    await instances[0].ensure()
    assert memory_store.rows.keys == [key]


async def test_the_deployments_key_is_changed_while_instances_run(
    memory_store: Any, instances: list[Instance], clock: FakeClock
) -> None:
    await instances[0].ensure()
    first = kid_of(instances[0])
    fresh = secrets.token_bytes(32)
    changed = Instance(memory_store, clock, Ed25519Keys(fresh, ENCRYPTION_KEY))
    await changed.ensure()
    assert kid_of(changed) == first
    only = Instance(memory_store, clock, Ed25519Keys(fresh))
    await only.ensure()
    assert kid_of(only) == first
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY"):
        await instances[0].ensure()


async def test_keys_of_the_release_before_are_taken_over(
    memory_store: Any, instances: list[Instance], key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    now = clock()
    legacy: SigningKey = key_maker.make(now, now, 86400)
    memory_store.rows.keys.append(legacy)
    await asyncio.gather(*(one.ensure() for one in instances))
    assert verifying(memory_store.rows.keys, now) == [legacy]
    assert announced(memory_store) == []
    assert kid_of(instances[0]) == legacy.kid
