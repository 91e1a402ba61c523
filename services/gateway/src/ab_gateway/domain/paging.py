"""Pages: a limit out of range is brought into it, not refused."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
# Postgres skips rows one by one: nobody shall make it count to a billion.
MAX_OFFSET = 1_000_000
# Those that the session service gives are half as long.
MAX_CURSOR_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Sought:
    """What a list is narrowed to; None for anything."""

    text: str | None = None
    goal: str | None = None
    favourites: bool = False

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Sought()


def clamp_limit(limit: int) -> int:
    """1 to 100 rows."""
    return max(1, min(limit, MAX_LIMIT))


def clamp_offset(offset: int) -> int:
    """From 0 up to more rows than anybody has."""
    return max(0, min(offset, MAX_OFFSET))
