"""The breaker explored against a model that only counts."""

from __future__ import annotations

from ab_shared.runtime.breaker import (
    Breaker,
    Limits,
    State,
    answered,
    called,
    dropped,
    failed,
    may_call,
)
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

LIMITS = Limits(failures=3, rest_seconds=5.0, longest_rest_seconds=40.0)


class BreakerMachine(RuleBasedStateMachine):
    """Calls begin and end in any order; ``old`` ones began before it last opened."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker = Breaker()
        self.now = 0.0
        self.young = 0
        self.old = 0
        self.in_a_row = 0
        self.rest_until = 0.0
        self.opened = False
        self.trying = False

    @property
    def refused(self) -> bool:
        return self.opened and (self.trying or self.now < self.rest_until)

    @rule(seconds=st.floats(0.1, 50))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebody_calls(self) -> None:
        assert may_call(self.breaker, self.now) is not self.refused
        if self.refused:
            return
        self.breaker = called(self.breaker)
        self.trying = self.opened
        self.young += not self.trying

    @precondition(lambda self: self.young or self.trying)
    @rule()
    def a_call_is_answered(self) -> None:
        self.young -= not self.trying
        self.breaker = answered(self.breaker)
        self.opened = self.trying = False
        self.in_a_row = 0

    @precondition(lambda self: self.young or self.trying)
    @rule(wait=st.floats(0, 1000))
    def a_call_fails(self, wait: float) -> None:
        self.young -= not self.trying
        self.breaker = failed(self.breaker, LIMITS, self.now, wait=wait)
        self.in_a_row += 1
        if self.trying or self.in_a_row >= LIMITS.failures:
            self.opened, self.trying = True, False
            self.old, self.young = self.old + self.young, 0
            rest = self.breaker.retry_at - self.now
            assert rest <= LIMITS.longest_rest_seconds + 1e-6
            assert rest + 1e-6 >= min(max(wait, LIMITS.rest_seconds), LIMITS.longest_rest_seconds)
            self.rest_until = self.breaker.retry_at

    @precondition(lambda self: self.trying)
    @rule()
    def the_one_that_tries_is_dropped(self) -> None:
        self.breaker = dropped(self.breaker, self.now)
        self.trying, self.rest_until = False, self.now

    @precondition(lambda self: self.old and self.opened and not self.trying)
    @rule(well=st.booleans())
    def an_old_call_ends(self, *, well: bool) -> None:
        before = self.breaker
        self.old -= 1
        after = answered(before) if well else failed(before, LIMITS, self.now)
        assert after is before

    @invariant()
    def its_state_is_the_models(self) -> None:
        state = State.CLOSED
        if self.opened:
            state = State.TRYING if self.trying else State.OPEN
        assert self.breaker.state is state
        if state is State.CLOSED:
            assert self.breaker.failures == self.in_a_row < LIMITS.failures


TestBreakerMachine = BreakerMachine.TestCase


def test_each_rest_is_twice_the_one_before_up_to_a_bound() -> None:
    breaker, now, rests = Breaker(), 0.0, []
    for _ in range(LIMITS.failures - 1):
        breaker = failed(called(breaker), LIMITS, now)
    for _ in range(5):
        breaker = failed(called(breaker), LIMITS, now)
        rests.append(breaker.retry_at - now)
        now = breaker.retry_at
    assert rests == [5, 10, 20, 40, 40]
