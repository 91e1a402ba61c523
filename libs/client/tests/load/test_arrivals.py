"""Listeners come as a Poisson process says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from ab_client.load.arrivals import arrivals, expected_count
from hypothesis import given, settings
from hypothesis import strategies as st

RATES = st.floats(0.1, 200.0)
SECONDS = st.floats(1.0, 60.0)
RAMPS = st.floats(0.0, 90.0)
SEEDS = st.integers(0, 10_000)


@settings(max_examples=30, deadline=None)
@given(rate=RATES, seconds=SECONDS, ramp=RAMPS, seed=SEEDS)
def test_they_come_in_order_and_in_time(
    rate: float, seconds: float, ramp: float, seed: int
) -> None:
    came = list(arrivals(rate, seconds, ramp=ramp, seed=seed, most=2_000))
    assert all(0 <= at < seconds for at in came)
    assert came == sorted(came)
    assert came == list(arrivals(rate, seconds, ramp=ramp, seed=seed, most=2_000))


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(5.0, 100.0), seconds=SECONDS, ramp=RAMPS, seed=SEEDS)
def test_as_many_come_as_are_expected(rate: float, seconds: float, ramp: float, seed: int) -> None:
    mean = expected_count(rate, seconds, ramp)
    # A Poisson count's variance is its mean; six deviations are one run in a billion.
    assert abs(len(list(arrivals(rate, seconds, ramp=ramp, seed=seed))) - mean) < 6 * mean**0.5 + 6


@settings(max_examples=30, deadline=None)
@given(most=st.integers(1, 50), seed=SEEDS)
def test_no_more_come_than_are_let_in(most: int, seed: int) -> None:
    assert len(list(arrivals(1_000, 10, seed=seed, most=most))) == most


def test_gaps_are_exponential_and_not_even() -> None:
    came = list(arrivals(50, 400, seed=3))
    gaps = [later - earlier for earlier, later in pairwise(came)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(1 / 50, rel=0.05)
    assert deviation == pytest.approx(mean, rel=0.05)


def test_a_ramp_grows_in_a_straight_line() -> None:
    came = list(arrivals(100, 60, ramp=60, seed=1))
    first, second = sum(at < 30 for at in came), sum(at >= 30 for at in came)
    # A quarter of a triangle's area is in its first half.
    assert first / (first + second) == pytest.approx(0.25, abs=0.03)


def test_other_seeds_bring_others() -> None:
    assert list(arrivals(10, 5, seed=1)) != list(arrivals(10, 5, seed=2))
