"""The ledger under any sequence of deeds and passing time, against a plain model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.bootstrap import quota
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.usecases.lapse_reservations import LapseReservations
from ab_entitlement.usecases.measure_drift import MeasureDrift
from ab_shared.contracts import rpc, usage
from ab_shared.contracts.events import GenerationSettled
from ab_shared.database.transaction import Transactions
from ab_shared.errors import FreeLimitReached
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

LIMIT = 2
HOUR = 3600.0
NUMBERS = st.integers(1, 4)
OUTCOMES = st.sampled_from(["committed", "released"])
Run = Callable[[Coroutine[Any, Any, Any]], Any]


class Quota(RuleBasedStateMachine):
    """Drives the use cases beside a model: number → (day, state, since)."""

    run: ClassVar[Run]
    ledger_of: ClassVar[Callable[[], Any]]
    book: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock(datetime(2026, 1, 5, 6, tzinfo=UTC))
        self.ledger, self.user = type(self).ledger_of(), f"user {uuid4()}"
        self.do = quota(self.ledger, self.book, self.clock)
        self.model: dict[int, tuple[date, str, datetime]] = {}
        self.ids = {number: uuid4() for number in range(1, 5)}
        self.corrected: dict[UUID, tuple[date, int]] = {}
        self.told: list[tuple[int, GenerationSettled, str]] = []
        self.version = 0

    def spent(self, number: int) -> bool:
        if number not in self.model:
            return False
        _, state, since = self.model[number]
        held = (self.clock() - since).total_seconds() < HOUR
        return state == "committed" or (state == "pending" and held)

    def used_today(self) -> int:
        today = self.clock().date()
        held = sum(self.spent(n) for n, row in self.model.items() if row[0] == today)
        return held + sum(amount for day, amount in self.corrected.values() if day == today)

    @rule(number=NUMBERS)
    def reserves(self, number: int) -> None:
        spent, room = self.spent(number), self.used_today() < LIMIT
        request = rpc.ReserveGeneration(reservation_id=self.ids[number], user_id=self.user)
        try:
            self.run(self.do.reserve(request))
        except FreeLimitReached:
            assert not spent
            assert not room
            return
        assert spent or room
        if not spent:
            self.model[number] = (self.clock().date(), "pending", self.clock())
            assert self.used_today() <= LIMIT

    @rule(number=NUMBERS, outcome=OUTCOMES)
    def settles(self, number: int, outcome: str) -> None:
        event = GenerationSettled(
            reservation_id=self.ids[number], user_id=self.user, outcome=outcome
        )
        message_id = str(uuid4())
        self._hear(event, message_id)
        self.told.append((number, event, message_id))
        if number in self.model and self.model[number][1] != "committed":
            day, _, since = self.model[number]
            self.model[number] = (day, outcome, since)

    @rule(which=st.integers(0, 50))
    def hears_an_old_message_again(self, which: int) -> None:
        if self.told:
            _, event, message_id = self.told[which % len(self.told)]
            self._hear(event, message_id)

    @rule(amount=st.integers(-3, 3).filter(bool), again=st.booleans())
    def is_corrected(self, amount: int, *, again: bool) -> None:
        request_id = next(iter(self.corrected)) if again and self.corrected else uuid4()
        request = usage.CorrectQuota(
            request_id=request_id, user_id=self.user, amount=amount, reason="a test", actor="ada"
        )
        self.run(self.do.correct(request))
        self.corrected.setdefault(request_id, (self.clock().date(), amount))

    @rule()
    def sweeps(self) -> None:
        self.run(LapseReservations(self.ledger, self.clock)())

    @rule(seconds=st.sampled_from([1.0, HOUR / 2, HOUR - 1, HOUR, 11 * HOUR]))
    def waits(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def tells_what_remains(self) -> None:
        answer = self.run(self.do.get(rpc.GetEntitlement(user_id=self.user)))
        assert answer.remaining_today == max(0, LIMIT - self.used_today())
        assert answer.version >= self.version
        self.version = answer.version

    @invariant()
    def adds_up(self) -> None:
        shown = self.run(self.do.show(usage.ShowQuota(user_id=self.user)))
        assert shown.drift == 0
        # The ledger has a lapse when somebody has written it, the count at once.
        lapsed = sum(
            row[1] == "pending" and not self.spent(number) and row[0] == self.clock().date()
            for number, row in self.model.items()
        )
        assert self.used_today() <= shown.balance <= self.used_today() + lapsed

    def teardown(self) -> None:
        assert self.run(MeasureDrift(self.ledger, self.clock)()) == 0

    def _hear(self, event: GenerationSettled, message_id: str) -> None:
        async def hear() -> None:
            # Inside: a coroutine does not see the context of whoever hands it to a loop.
            with bound(Context(message_id=message_id)):
                await self.do.settle(event)

        self.run(hear())


def test_the_ledger_in_memory_never_drifts(new_memory_ledger: Any, book: Any) -> None:
    book.plans = plans_with(LIMIT)
    with asyncio.Runner() as runner:
        Quota.run, Quota.book = staticmethod(runner.run), book
        Quota.ledger_of = staticmethod(new_memory_ledger)
        run_state_machine_as_test(
            Quota, settings=settings(max_examples=40, stateful_step_count=25, deadline=None)
        )


@pytest.mark.real
@pytest.mark.timeout(300)
async def test_the_ledger_in_postgres_never_drifts(database: NewDatabase, book: Any) -> None:
    book.plans = plans_with(LIMIT)
    engine = (await database("entitlement")).engine
    ledger = PostgresLedger(Transactions(engine, producer="entitlement", relay=None))
    loop = asyncio.get_running_loop()
    Quota.book, Quota.ledger_of = book, staticmethod(lambda: ledger)
    Quota.run = staticmethod(lambda deed: asyncio.run_coroutine_threadsafe(deed, loop).result())
    await asyncio.to_thread(
        run_state_machine_as_test,
        Quota,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
