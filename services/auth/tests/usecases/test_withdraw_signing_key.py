"""A key that has leaked: nothing of it is believed, and somebody signs all the same."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_shared.contracts import signing_keys as contract
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import KeysRotated
from ab_shared.errors import NotFound
from ab_shared.testing.clock import FakeClock
from auth_memory.keys import ROTATION, Instance

ROTATE = contract.RotateSigningKey(actor="jo", actor_kind="operator")
LEAD = ROTATION.lead.total_seconds()


def withdraw(kid: str) -> contract.WithdrawSigningKey:
    return contract.WithdrawSigningKey(
        kid=kid, actor="jo", actor_kind="operator", reason="it was in a log"
    )


def kid_of(instance: Instance) -> str:
    return str(jwt.get_unverified_header(instance.signer.sign({"sub": "u"}))["kid"])


def believed(store: Any) -> list[str]:
    event = [m for m in store.transactions.sent if isinstance(m, KeysRotated)][-1]
    return [key.kid for key in event.keys]


@pytest.fixture
def one(memory_store: Any, key_maker: Ed25519Keys, clock: FakeClock) -> Instance:
    return Instance(memory_store, clock, key_maker)


async def test_the_only_key_is_followed_by_one_that_signs_at_once(
    memory_store: Any, one: Instance
) -> None:
    await one.ensure()
    leaked = kid_of(one)
    done = await one.withdraw(withdraw(leaked))
    assert [key.stage for key in done.keys] == ["signing"]
    assert kid_of(one) == done.keys[0].kid != leaked
    assert believed(memory_store) == [done.keys[0].kid]
    [entry] = [m for m in memory_store.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.action, entry.subject) == ("signing_key.withdraw", f"signing_key:{leaked}")
    assert entry.reason == "it was in a log"


async def test_the_one_before_does_not_sign_again_and_the_next_one_keeps_its_turn(
    memory_store: Any, one: Instance, clock: FakeClock
) -> None:
    await one.ensure()
    first = kid_of(one)
    await one.rotate(ROTATE)
    clock.advance(LEAD)
    leaked = kid_of(one)
    assert leaked != first
    await one.rotate(ROTATE)
    waiting = memory_store.rows.keys[-1].kid
    done = await one.withdraw(withdraw(leaked))
    assert [key.stage for key in done.keys] == ["verifying", "signing", "published"]
    assert (done.keys[0].kid, done.keys[2].kid) == (first, waiting)
    assert believed(memory_store) == [key.kid for key in done.keys]
    clock.advance(LEAD)
    assert kid_of(one) == waiting


async def test_a_key_that_does_not_sign_goes_without_another(
    memory_store: Any, one: Instance, clock: FakeClock
) -> None:
    await one.ensure()
    first = kid_of(one)
    await one.rotate(ROTATE)
    clock.advance(LEAD)
    signs = kid_of(one)
    await one.withdraw(withdraw(first))
    assert believed(memory_store) == [signs]
    assert kid_of(one) == signs


async def test_a_key_that_has_left_does_not_come_back(
    memory_store: Any, one: Instance, clock: FakeClock
) -> None:
    await one.ensure()
    left = kid_of(one)
    await one.rotate(ROTATE)
    clock.advance(LEAD + 86400)
    leaked = kid_of(one)
    done = await one.withdraw(withdraw(leaked))
    assert left not in {key.kid for key in done.keys}
    assert {key.kid for key in memory_store.rows.keys} == {done.keys[0].kid}


async def test_other_instances_stop_signing_with_it_at_their_next_look(
    memory_store: Any, key_maker: Ed25519Keys, clock: FakeClock, one: Instance
) -> None:
    other = Instance(memory_store, clock, key_maker)
    await one.ensure()
    await other.ensure()
    leaked = kid_of(other)
    await one.withdraw(withdraw(leaked))
    await other.ensure()
    assert kid_of(other) == kid_of(one) != leaked


async def test_a_name_that_no_key_has_is_refused(one: Instance) -> None:
    await one.ensure()
    kid = kid_of(one)
    with pytest.raises(NotFound):
        await one.withdraw(withdraw("another"))
    assert kid_of(one) == kid
