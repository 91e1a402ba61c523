"""What jobs cost: kept once, on the day of their generation, and bounded by the budget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.domain.plans import Budget, plans_with
from ab_entitlement.usecases.get_usage import GetUsage
from ab_entitlement.usecases.keep_cost import KeepCost
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_shared.contracts import rpc, usage
from ab_shared.errors import FreeLimitReached
from ab_shared.testing.clock import FakeClock
from prometheus_client import REGISTRY
from pydantic import ValidationError


def cost(number: int, **changes: Any) -> usage.JobCosted:
    fields: dict[str, Any] = {
        "user_id": "user",
        "outcome": "completed",
        "characters": 100,
        "reads_made": 2,
        "reads_reused": 6,
        "rendered_ms": 30_000,
        "render_ms": 200,
    }
    return usage.JobCosted(job_id=UUID(int=number), session_id=UUID(int=99), **(fields | changes))


def characters_in_all() -> float:
    return REGISTRY.get_sample_value("ab_cost_characters_total") or 0.0


async def test_a_cost_is_kept_and_counted_once(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    keep = KeepCost(memory_ledger, book, clock)
    before = characters_in_all()
    await keep(cost(1))
    await keep(cost(1, characters=999))
    await keep(cost(2, reads_made=0, characters=0))
    report = await GetUsage(memory_ledger, book, clock)(usage.GetUsage(user_id="user"))
    assert report.spent == usage.Spent(
        characters=100, reads_made=2, reads_reused=12, rendered_ms=60_000, render_ms=400, jobs=2
    )
    assert characters_in_all() - before == 100
    assert await memory_ledger.sent() == ["entitlement.changed.v1"] * 2


async def test_a_job_costs_on_the_day_its_generation_was_taken(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    await reserve(rpc.ReserveGeneration(reservation_id=UUID(int=1), user_id="user"))
    clock.advance(20 * 3600)
    await KeepCost(memory_ledger, book, clock)(cost(1))
    assert memory_ledger.costs[UUID(int=1)][0] == memory_ledger.reservations[UUID(int=1)].day


async def test_the_catalogue_costs_nobody(memory_ledger: Any, book: Any, clock: FakeClock) -> None:
    await KeepCost(memory_ledger, book, clock)(cost(1, user_id=None))
    assert UUID(int=1) in memory_ledger.costs
    assert await memory_ledger.sent() == []


async def test_a_promise_holds_the_budget_until_its_cost_is_known(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    free = replace(plans_with(9).free, budget=Budget(characters=250))
    book.plans = replace(plans_with(9), free=free)
    reserve = ReserveGeneration(memory_ledger, book, clock)

    def asked(number: int) -> rpc.ReserveGeneration:
        return rpc.ReserveGeneration(
            reservation_id=UUID(int=number), user_id="user", characters=100
        )

    await reserve(asked(1))
    await reserve(asked(2))
    with pytest.raises(FreeLimitReached, match="budget"):
        await reserve(asked(3))
    # Half of the first was found in the cache.
    await KeepCost(memory_ledger, book, clock)(cost(1, characters=50))
    assert (await reserve(asked(3))).remaining_today == 6


@pytest.mark.parametrize("name", ["characters", "reads_made", "rendered_ms", "render_ms"])
def test_negative_costs_are_no_message(name: str) -> None:
    with pytest.raises(ValidationError):
        cost(1, **{name: -1})
