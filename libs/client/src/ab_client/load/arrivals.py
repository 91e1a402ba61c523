"""When listeners come: a Poisson process, whose rate may grow at first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random


def arrivals(
    rate: float, seconds: float, *, seed: object, ramp: float = 0.0, most: int | None = None
) -> Iterator[float]:
    """Instants in seconds from the start, ascending, all below ``seconds``.

    Args:
        rate: how many come a second once the ramp is over.
        seconds: how long they come.
        seed: the same one gives the same instants.
        ramp: how long the rate grows from nothing, in a straight line.
        most: no more than so many.

    Unit-rate arrivals mapped through the inverse of the expected count: E. Cinlar, Introduction to
    Stochastic Processes, 1975, section 4.7.
    """
    random = Random(f"arrivals {seed}")
    expected, told = 0.0, 0
    while most is None or told < most:
        expected += random.expovariate(1.0)
        at = _instant(expected, rate, ramp)
        if at >= seconds:
            return
        yield at
        told += 1


def expected_count(rate: float, seconds: float, ramp: float = 0.0) -> float:
    """How many come on average."""
    grown = min(seconds, ramp)
    growing = rate * grown**2 / (2 * ramp) if ramp else 0.0
    return growing + rate * max(0.0, seconds - ramp)


def _instant(expected: float, rate: float, ramp: float) -> float:
    grown = rate * ramp / 2
    if expected < grown:
        return math.sqrt(2 * ramp * expected / rate)
    return ramp + (expected - grown) / rate
