"""What a model may cost, and has cost: tokens and millionths of a dollar."""

from __future__ import annotations

import math
from dataclasses import dataclass

# Tokens are not counted before the server does: three characters are taken for one, which is on
# the safe side of English and about right for scripts that need more.
CHARACTERS_A_TOKEN = 3
TOKENS_A_MESSAGE = 16
# What a line and its place in the JSON may take, and what stands around all of them.
TOKENS_A_LINE = 40
TOKENS_AROUND = 80


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars for a million tokens; that is as many millionths of a dollar for one."""

    told: float
    cached: float
    written: float


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of a day (UTC)."""

    calls: int
    micros: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; ``cached`` are among those ``told``."""

    told: int = 0
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class DaySpent:
    """A day so far: ``reserved`` is what calls in work may still cost."""

    calls: int = 0
    reserved: int = 0
    micros: int = 0


def cost(usage: Usage, prices: Prices) -> int:
    """Millionths of a dollar, rounded up."""
    cached = min(usage.cached, usage.told)
    told = (usage.told - cached) * prices.told + cached * prices.cached
    return math.ceil(told + usage.written * prices.written)


def tokens_for(lines: int) -> int:
    """The most that an answer of so many lines may take."""
    return TOKENS_AROUND + TOKENS_A_LINE * lines


def dearest(characters: int, messages: int, most_written: int, prices: Prices) -> int:
    """The most that a call can cost, in millionths: nothing cached, everything written."""
    told = math.ceil(characters / CHARACTERS_A_TOKEN) + messages * TOKENS_A_MESSAGE
    return cost(Usage(told=told, written=most_written), prices)
