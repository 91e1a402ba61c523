"""A clock that only moves when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still. Call it for the aware UTC time, as one calls ``lambda: datetime.now(UTC)``."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)) -> None:
        self._start = start
        self._now = start

    def __call__(self) -> datetime:
        """The time it stands at."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Moves on by so many seconds and returns the new time."""
        self._now += timedelta(seconds=seconds)
        return self._now

    def time(self) -> float:
        """Unix seconds, as ``time.time``."""
        return self._now.timestamp()

    def monotonic(self) -> float:
        """Seconds since the start, as ``time.monotonic``."""
        return (self._now - self._start).total_seconds()
