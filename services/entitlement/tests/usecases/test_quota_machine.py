"""The quota under any sequence of requests, results and passing time, against a plain model."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from ab_entitlement.domain.plans import plans_with
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import GenerationSettled
from ab_shared.errors import FreeLimitReached
from ab_shared.testing.clock import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

LIMIT = 2
HOUR = 3600.0


class Quota(RuleBasedStateMachine):
    """Drives the use cases beside a model: number → (day, state, since)."""

    ledger_type: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        ledger, plans = self.ledger_type(), plans_with(LIMIT)
        self.reserve = ReserveGeneration(ledger, plans, self.clock)
        self.settle = SettleGeneration(ledger, self.clock)
        self.get = GetEntitlement(ledger, plans, self.clock)
        self.model: dict[int, tuple[date, str, datetime]] = {}

    def teardown(self) -> None:
        self.runner.close()

    def spent(self, number: int) -> bool:
        if number not in self.model:
            return False
        _, state, since = self.model[number]
        held = (self.clock() - since).total_seconds() < HOUR
        return state == "committed" or (state == "pending" and held)

    def used_today(self) -> int:
        today = self.clock().date()
        return sum(self.spent(number) for number, row in self.model.items() if row[0] == today)

    @rule(number=st.integers(1, 4))
    def reserves(self, number: int) -> None:
        spent, room = self.spent(number), self.used_today() < LIMIT
        request = rpc.ReserveGeneration(reservation_id=UUID(int=number), user_id="user")
        try:
            self.runner.run(self.reserve(request))
        except FreeLimitReached:
            assert not spent
            assert not room
            return
        assert spent or room
        if not spent:
            self.model[number] = (self.clock().date(), "pending", self.clock())
            assert self.used_today() <= LIMIT

    @rule(number=st.integers(1, 4), outcome=st.sampled_from(["committed", "released"]))
    def settles(self, number: int, outcome: str) -> None:
        event = GenerationSettled(reservation_id=UUID(int=number), user_id="user", outcome=outcome)
        self.runner.run(self.settle(event))
        if number in self.model and self.model[number][1] != "committed":
            day, _, since = self.model[number]
            self.model[number] = (day, outcome, since)

    @rule(seconds=st.sampled_from([1.0, HOUR / 2, HOUR - 1, HOUR, 11 * HOUR]))
    def waits(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def tells_what_remains(self) -> None:
        answer = self.runner.run(self.get(rpc.GetEntitlement(user_id="user")))
        assert answer.remaining_today == max(0, LIMIT - self.used_today())


def test_the_ledger_agrees_with_the_model(new_memory_ledger: Any) -> None:
    Quota.ledger_type = new_memory_ledger
    run_state_machine_as_test(
        Quota, settings=settings(max_examples=60, stateful_step_count=25, deadline=None)
    )
