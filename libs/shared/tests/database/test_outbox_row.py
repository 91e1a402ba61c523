"""The life of an outbox row, explored against a model of what has been done to it."""

from __future__ import annotations

import pytest
from ab_shared.database.outbox_row import (
    BUDGETS,
    LONGEST_RETRY_SECONDS,
    Fault,
    OutboxRow,
    State,
    fault_of,
    retry_seconds,
)
from ab_shared.errors import (
    AbError,
    DeadlineExceeded,
    DependencyUnavailable,
    InvalidMessage,
    Overloaded,
    Unroutable,
    all_errors,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

PASSING = {Fault.AWAY: 1.0, Fault.BUSY: 5.0}


class RowLife(RuleBasedStateMachine):
    """A relay's dealings with one row; the model counts what the row must remember."""

    def __init__(self) -> None:
        super().__init__()
        self.row = OutboxRow()
        self.own_failures = 0
        self.left: State | None = None

    @property
    def waiting(self) -> bool:
        return self.left is None

    @precondition(lambda self: self.waiting)
    @rule()
    def the_broker_confirms(self) -> None:
        self.row = self.row.confirmed()
        self.left = State.SENT

    @precondition(lambda self: self.waiting)
    @rule(fault=st.sampled_from(list(PASSING)), times=st.integers(1, 500))
    def the_broker_cannot_take_it_now(self, fault: Fault, times: int) -> None:
        for _ in range(times):
            assert not self.row.spent(fault)
            self.row = self.row.failed(fault)
            assert self.row.wait == PASSING[fault]

    @precondition(lambda self: self.waiting)
    @rule(fault=st.sampled_from(list(BUDGETS)), times=st.integers(1, 40))
    def it_fails(self, fault: Fault, times: int) -> None:
        for _ in range(times):
            over = self.own_failures + 1 >= BUDGETS[fault]
            assert self.row.spent(fault) == over
            if over:
                self.row = self.row.parked()
                self.left = State.PARKED
                return
            self.row = self.row.failed(fault)
            assert self.row.wait == retry_seconds(self.own_failures)
            self.own_failures += 1

    @precondition(lambda self: not self.waiting)
    @rule(fault=st.sampled_from(list(Fault)))
    def what_has_left_stays_away(self, fault: Fault) -> None:
        for move in (self.row.confirmed, self.row.parked, lambda: self.row.failed(fault)):
            with pytest.raises(ValueError, match="has left the outbox"):
                move()

    @invariant()
    def the_row_is_what_the_model_says(self) -> None:
        assert self.row.state == (self.left or State.WAITING)
        assert self.row.attempts == self.own_failures
        assert self.own_failures < max(BUDGETS.values())


TestRowLife = RowLife.TestCase


@given(attempts=st.integers(0, 10**6))
def test_retries_wait_longer_each_time_but_never_too_long(attempts: int) -> None:
    assert 0 < retry_seconds(attempts) <= retry_seconds(attempts + 1) <= LONGEST_RETRY_SECONDS


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DependencyUnavailable("away"), Fault.AWAY),
        (DeadlineExceeded("late"), Fault.BUSY),
        (Overloaded("full"), Fault.BUSY),
        (Unroutable("nobody"), Fault.STRANDED),
        (RuntimeError("what"), Fault.STRANDED),
        (InvalidMessage("no"), Fault.REFUSED),
        (ValueError("unreadable"), Fault.REFUSED),
    ],
)
def test_an_error_says_what_comes_next(error: Exception, fault: Fault) -> None:
    assert fault_of(error) is fault


@pytest.mark.parametrize("error", [found for found in all_errors() if found is not AbError])
def test_no_error_of_an_outage_ever_costs_a_message(error: type[AbError]) -> None:
    given_up = fault_of(error("x")) in BUDGETS
    assert given_up == (error.status != 503 or error is Unroutable or error.__name__ == "AbError")
