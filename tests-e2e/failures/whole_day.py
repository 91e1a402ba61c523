"""Whoever counts what is left of a day does not begin just before its end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


def seconds_to_wait(now: datetime, lasts: float) -> float:
    """How long to wait for what lasts so many seconds to lie within one day of UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    left = (midnight - now).total_seconds()
    return left + 1 if left < lasts else 0.0


async def within_one_day(lasts: float) -> None:
    """Returns at once, but for the last ``lasts`` seconds of a day: then when it is over."""
    await asyncio.sleep(seconds_to_wait(datetime.now(UTC), lasts))
