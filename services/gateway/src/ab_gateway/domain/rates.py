"""How often somebody may ask: policies and what is left of them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """``quota`` requests in each window of ``window_seconds``."""

    name: str
    quota: int
    window_seconds: int = 60

    @property
    def header(self) -> str:
        """As the field ``RateLimit-Policy`` says it (IETF draft 11)."""
        return f'"{self.name}";q={self.quota};w={self.window_seconds}'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request found: how much of the quota is used, and when there is more of it."""

    policy: Policy
    used: int
    reset_seconds: int

    @property
    def allowed(self) -> bool:
        """Whether this request is within the quota."""
        return self.used <= self.policy.quota

    @property
    def remaining(self) -> int:
        """How many more would be."""
        return max(0, self.policy.quota - self.used)

    @property
    def header(self) -> str:
        """As the field ``RateLimit`` says it (IETF draft 11)."""
        return f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'


@dataclass(frozen=True, slots=True)
class Wish:
    """One request against one policy; ``subject`` is who asks."""

    policy: Policy
    subject: str


@dataclass(frozen=True, slots=True)
class Count:
    """Requests since this window began, ``passed_ms`` ago, and in the whole window before it.

    The window slides: the one before counts for the share of it that is less than a window ago.
    Windows that only followed each other would let twice the quota through where they meet.
    """

    now: int
    before: int
    passed_ms: int

    def used(self, window_ms: int) -> float:
        """How many requests count at this moment."""
        return self.before * (1 - self.passed_ms / window_ms) + self.now

    def has_room(self, policy: Policy) -> bool:
        """Whether one more is within the quota."""
        return self.used(policy.window_seconds * 1000) + 1 <= policy.quota


def granted(policy: Policy, count: Count) -> Allowance:
    """What a request finds that is among ``count`` already."""
    window_ms = policy.window_seconds * 1000
    used = min(policy.quota, math.ceil(count.used(window_ms)))
    return Allowance(policy, used, _seconds(window_ms - count.passed_ms))


def refused(policy: Policy, count: Count) -> Allowance:
    """What a request finds that is one too many: when the next one is not."""
    window_ms = policy.window_seconds * 1000
    if count.now + 1 <= policy.quota:
        share = 1 - (policy.quota - 1 - count.now) / count.before
        wait_ms = share * window_ms - count.passed_ms
    else:
        share = 1 - (policy.quota - 1) / count.now
        wait_ms = (1 + share) * window_ms - count.passed_ms
    return Allowance(policy, policy.quota + 1, _seconds(wait_ms))


def _seconds(milliseconds: float) -> int:
    return max(1, math.ceil(milliseconds / 1000))


def account_of(email: str) -> str:
    """The account behind an address as auth spells it: every spelling of one is counted as one."""
    lowered = unicodedata.normalize("NFC", email.strip()).lower()
    return unicodedata.normalize("NFC", lowered)


def tightest(allowances: Iterable[Allowance]) -> Allowance:
    """The one that refuses, else the one that ends soonest."""
    return min(allowances, key=lambda one: (one.allowed, one.remaining))


def tighter(first: Allowance, second: Allowance) -> Allowance:
    """The one of two that ends sooner."""
    return tightest((first, second))
