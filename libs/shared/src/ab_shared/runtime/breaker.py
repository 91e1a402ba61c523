"""When a vendor is left alone because it keeps failing: a state machine of pure values.

::

    closed ──failures in a row──▶ open ──rest is over──▶ trying
      ▲                            ▲                       │
      │                            └───── it fails ────────┤
      └────────────────────────────────── it answers ──────┘

Each opening without an answer in between rests twice as long. Nygard: Release It! (2007), 5.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

MAX_DOUBLINGS = 6


class State(StrEnum):
    """Whether calls go through, are refused, or one of them tries."""

    CLOSED = "closed"
    OPEN = "open"
    TRYING = "trying"


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many failures in a row it opens, and for how long."""

    failures: int = 5
    rest_seconds: float = 5.0
    longest_rest_seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """``failures`` in a row, ``openings`` without an answer in between; instants in seconds."""

    state: State = State.CLOSED
    failures: int = 0
    openings: int = 0
    retry_at: float = 0.0


def may_call(breaker: Breaker, now: float) -> bool:
    """Whether a call may go out; then ``called`` says what becomes of the breaker."""
    return breaker.state is State.CLOSED or (
        breaker.state is State.OPEN and now >= breaker.retry_at
    )


def called(breaker: Breaker) -> Breaker:
    """A call goes out: after a rest it is the one that tries, and others wait for its outcome."""
    return breaker if breaker.state is State.CLOSED else replace(breaker, state=State.TRYING)


def answered(breaker: Breaker) -> Breaker:
    """A call was answered; one that began before the breaker opened proves nothing any more."""
    return breaker if breaker.state is State.OPEN else Breaker()


def failed(breaker: Breaker, limits: Limits, now: float, *, wait: float = 0.0) -> Breaker:
    """A call failed; ``wait`` is how long the vendor asked to be left alone, bounded."""
    if breaker.state is State.OPEN:
        return breaker
    failures = breaker.failures + 1
    if breaker.state is State.CLOSED and failures < limits.failures:
        return replace(breaker, failures=failures)
    rest = limits.rest_seconds * 2 ** min(breaker.openings, MAX_DOUBLINGS)
    rest = min(max(rest, wait), limits.longest_rest_seconds)
    return Breaker(State.OPEN, failures, breaker.openings + 1, now + rest)


def dropped(breaker: Breaker, now: float) -> Breaker:
    """A call was given up by its caller: it tells nothing, so the next may try in its place."""
    if breaker.state is not State.TRYING:
        return breaker
    return replace(breaker, state=State.OPEN, retry_at=now)
