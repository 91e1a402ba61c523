"""How long guessing makes somebody wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_auth.domain.lockout import (
    FIRST_WAIT,
    FORGOTTEN_AFTER,
    FREE_FAILURES,
    KNOWN_FOR,
    LONGEST_WAIT,
    Tries,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def waits(count: int) -> list[int]:
    """What each of so many wrong tries, as early as allowed, makes the next one wait."""
    now, tries, found = NOW, Tries(), []
    for _ in range(count):
        tries = tries.begun(now)
        found.append(tries.seconds_to_wait(now))
        now += timedelta(seconds=found[-1])
    return found


def test_a_few_are_free_then_each_waits_twice_as_long_up_to_a_bound() -> None:
    assert waits(14) == [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert FREE_FAILURES == 5
    assert timedelta(seconds=5) == FIRST_WAIT


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_wait_is_bounded_and_ends(failures: int, later: int) -> None:
    tries = Tries(failures=failures, touched_at=NOW).begun(NOW)
    assert tries.seconds_to_wait(NOW) <= LONGEST_WAIT.total_seconds()
    assert tries.seconds_to_wait(NOW + LONGEST_WAIT) == 0
    moment = NOW + timedelta(seconds=later)
    assert (tries.seconds_to_wait(moment) == 0) == (
        tries.wait_until is None or tries.wait_until <= moment
    )


def test_a_guesser_gets_a_hundred_tries_a_day_at_most() -> None:
    spent, tries = timedelta(0), 0
    for seconds in waits(200):
        spent += timedelta(seconds=seconds)
        tries += 1
        if spent >= timedelta(days=1):
            break
    assert tries <= 110


def test_a_right_password_and_a_day_of_peace_forget() -> None:
    tries = Tries(failures=9, touched_at=NOW).begun(NOW)
    assert tries.right(NOW).begun(NOW).failures == 1
    assert tries.begun(NOW + FORGOTTEN_AFTER - timedelta(seconds=1)).failures == 11
    assert tries.begun(NOW + FORGOTTEN_AFTER).failures == 1


def test_a_try_that_was_not_decided_counts_for_nothing() -> None:
    before = Tries(failures=5, touched_at=NOW)
    after = before.begun(NOW).withdrawn()
    assert (after.failures, after.seconds_to_wait(NOW)) == (5, 0)


def test_a_place_is_known_for_a_while() -> None:
    known = Tries().right(NOW)
    assert known.known(NOW + KNOWN_FOR - timedelta(seconds=1))
    assert not known.known(NOW + KNOWN_FOR)
    assert not Tries().known(NOW)
