"""What is counted while load is on: answers, refusals, jobs, and how long they took."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ab_client.errors import ApiRefusal, ApiUnreachable, ClientError

NOT_SENT = "not sent: this machine was full"
# The product says no, and nothing is wrong with it.
BY_RULE = frozenset({"FREE_LIMIT_REACHED", "ENTITLEMENT_REQUIRED"})


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` (0 to 1) of them do not exceed: nearest rank."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def name_of(error: ClientError) -> str:
    """The code a refusal has, or what happened instead of an answer."""
    if isinstance(error, ApiRefusal):
        return str(error.error.code)
    return "no answer" if isinstance(error, ApiUnreachable) else "unexpected answer"


@dataclass
class Record:
    """Counts and seconds. A request's seconds run from when it should have been sent.

    ``throttled`` counts 429 and 503 answers by status, whether or not a later try went well.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    refused_by_rule: Counter[str] = field(default_factory=Counter)
    throttled: Counter[int] = field(default_factory=Counter)
    retried: int = 0
    arrived: int = 0
    late: list[float] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    jobs_asked: int = 0
    jobs_failed: int = 0
    ready: list[float] = field(default_factory=list)
    unfinished: int = 0

    @property
    def everything(self) -> list[float]:
        """The seconds of every request."""
        return [one for many in self.seconds.values() for one in many]

    @property
    def answered(self) -> int:
        """How many requests have come to an end."""
        return sum(map(len, self.seconds.values()))

    @property
    def error_ratio(self) -> float:
        """Which part of all requests went wrong; what a rule of the product refuses did not."""
        wrong = self.errors.total()
        return wrong / max(1, self.answered + self.errors[NOT_SENT])

    @property
    def jobs_open(self) -> int:
        """Tracks that are waited for."""
        return self.jobs_asked - self.jobs_failed - len(self.ready)

    def begin(self) -> None:
        """A request leaves."""
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self, request: str, seconds: float, error: ClientError | None = None) -> None:
        """It is answered, or will not be."""
        self.in_flight -= 1
        self.seconds[request].append(seconds)
        if error is not None:
            code = name_of(error)
            (self.refused_by_rule if code in BY_RULE else self.errors)[code] += 1

    def abandon(self) -> None:
        """It is not waited for any longer."""
        self.in_flight -= 1
