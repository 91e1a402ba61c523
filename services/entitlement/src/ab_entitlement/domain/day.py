"""Which day an instant belongs to, and when the next one begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Whoever says to live elsewhere keeps the old day for so long: nobody gets two days out of one.
SETTLED_AFTER = timedelta(hours=24)
LONGEST_NAME = 64


def day_of(now: datetime, zone: str | None = None) -> date:
    """The day of an aware instant in an IANA zone; UTC for None and for a zone nobody knows."""
    return now.astimezone(_known(zone)).date()


def next_day(now: datetime, zone: str | None = None) -> datetime:
    """When the day after that of ``now`` begins, in UTC.

    Where the clocks skip midnight it is the first instant after the gap (RFC 5545 reads local
    times that do not exist alike).
    """
    known = _known(zone)
    midnight = datetime.combine(day_of(now, zone) + timedelta(days=1), time(), known)
    return midnight.astimezone(UTC)


def zone_to_keep(
    kept: str | None, kept_since: datetime | None, told: str | None, now: datetime
) -> str | None:
    """The zone a user's day is counted in after they told ``told``; None stands for UTC.

    A zone that is new is kept only when the last change lies a day back.
    """
    if told is None or told == kept or not is_zone(told):
        return kept
    settled = kept_since is None or now - kept_since >= SETTLED_AFTER
    return told if settled else kept


def zone_told(by_request: str | None, by_profile: str | None) -> str | None:
    """What a request says goes before the profile, unless it says a zone that nobody knows."""
    return by_request if by_request is not None and is_zone(by_request) else by_profile


def is_zone(name: str) -> bool:
    """Whether the zone database of this machine has it."""
    try:
        ZoneInfo(name[:LONGEST_NAME])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return len(name) <= LONGEST_NAME


def _known(zone: str | None) -> ZoneInfo:
    return ZoneInfo(zone) if zone is not None and is_zone(zone) else ZoneInfo("UTC")
