"""An operator's correction: once, on the record, and never over what was written before."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.usecases.correct_quota import CorrectQuota
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.show_quota import ShowQuota
from ab_shared.contracts import rpc, usage
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import ValidationFailed
from ab_shared.testing.clock import FakeClock
from pydantic import ValidationError

REASON = "A track that never played"


def wanted(amount: int, number: int = 1, **changes: Any) -> usage.CorrectQuota:
    fields = {"reason": REASON, "actor": "ada"} | changes
    return usage.CorrectQuota(request_id=UUID(int=number), user_id="user", amount=amount, **fields)


@pytest.fixture
def correct(memory_ledger: Any, book: Any, clock: FakeClock) -> CorrectQuota:
    return CorrectQuota(memory_ledger, book, clock)


async def test_it_gives_back_and_takes(
    correct: CorrectQuota, memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    for number in (1, 2):
        await reserve(rpc.ReserveGeneration(reservation_id=UUID(int=number), user_id="user"))
    quota = await correct(wanted(-2))
    assert (quota.usage.remaining_today, quota.balance, quota.drift) == (2, 0, 0)
    quota = await correct(wanted(1, number=2))
    assert (quota.usage.remaining_today, quota.balance) == (1, 1)
    assert [line.kind for line in quota.lines] == ["correct", "correct", "reserve", "reserve"]
    assert (quota.lines[0].reason, quota.lines[0].actor) == (REASON, "ada")


async def test_the_same_request_again_changes_nothing(
    correct: CorrectQuota, memory_ledger: Any
) -> None:
    first = await correct(wanted(-1))
    assert await correct(wanted(-1)) == first
    sent = ["audit.recorded.v1", "entitlement.changed.v1"]
    assert await memory_ledger.sent() == sent
    [record] = [m for m in memory_ledger.transactions.sent if isinstance(m, AuditRecorded)]
    assert (record.actor, record.action, record.subject) == ("ada", "quota.correct", "user:user")
    assert (record.reason, record.before) == (REASON, {"generations": 0})
    assert record.after == {"generations": -1, "amount": -1, "day": "2026-01-05"}
    assert record.actor_kind == "operator"


async def test_an_administrator_is_named_as_one(correct: CorrectQuota, memory_ledger: Any) -> None:
    await correct(wanted(-1, actor="user_ada", actor_kind="admin"))
    [record] = [m for m in memory_ledger.transactions.sent if isinstance(m, AuditRecorded)]
    assert (record.actor, record.actor_kind) == ("user_ada", "admin")


async def test_more_can_be_given_than_the_plan_holds(correct: CorrectQuota) -> None:
    assert (await correct(wanted(-5))).usage.remaining_today == 7


async def test_it_counts_for_its_day_only(
    correct: CorrectQuota, memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    await correct(wanted(2))
    get = GetEntitlement(memory_ledger, book, clock)
    assert (await get(rpc.GetEntitlement(user_id="user"))).remaining_today == 0
    clock.advance(24 * 3600)
    assert (await get(rpc.GetEntitlement(user_id="user"))).remaining_today == 2


async def test_nothing_nonsensical_is_taken(correct: CorrectQuota, memory_ledger: Any) -> None:
    with pytest.raises(ValidationFailed):
        await correct(wanted(0))
    with pytest.raises(ValidationFailed, match="no e-mail") as refusal:
        await correct(wanted(1, reason="asked by ada@example.org"))
    assert "example.org" not in refusal.value.message
    for amount, reason in [(1001, REASON), (-1001, REASON), (1, "  "), (1, "x" * 501)]:
        with pytest.raises(ValidationError):
            wanted(amount, reason=reason)
    assert memory_ledger.entries == []
    assert await memory_ledger.sent() == []


async def test_a_stranger_has_an_empty_ledger(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    quota = await ShowQuota(memory_ledger, book, clock)(usage.ShowQuota(user_id="nobody"))
    assert (quota.lines, quota.balance, quota.drift) == ((), 0, 0)
    assert quota.usage.remaining_today == 2
