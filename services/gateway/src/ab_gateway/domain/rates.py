"""How often somebody may ask: policies and what is left of them."""

from __future__ import annotations

import unicodedata
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
    """What one request found: how many were made in this window, and when the next begins."""

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


def account_of(email: str) -> str:
    """The account behind an address as auth spells it: every spelling of one is counted as one."""
    lowered = unicodedata.normalize("NFC", email.strip()).lower()
    return unicodedata.normalize("NFC", lowered)


def tighter(first: Allowance, second: Allowance) -> Allowance:
    """The one that ends sooner."""
    return min(first, second, key=lambda allowance: allowance.remaining)
