"""When an event happened, by clocks of phones that may be a year off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ab_shared.contracts.listening import Reason

# What a slow network takes is no reason to doubt a clock.
ON_ITS_WAY = timedelta(minutes=1)
# More ahead than any zone mistaken for another: such a clock tells nothing.
AHEAD = timedelta(hours=26)
LONGEST_NAME = 64
DEFAULT_ZONE = "UTC"


def skew(
    sent_at: datetime | None, received_at: datetime, told: Iterable[datetime] = ()
) -> timedelta:
    """What to add to the times of a sender whose clock said ``sent_at`` at ``received_at``.

    Who says nothing sent them after the last thing ``told``: if that lies ahead, so do all, and
    none may be taken to have happened at the same moment as the next.
    """
    if sent_at is None:
        ahead = (at for at in told if received_at < at <= received_at + AHEAD)
        sent_at = max(ahead, default=None)
    gap = received_at - sent_at if sent_at is not None else timedelta()
    return gap if abs(gap) > ON_ITS_WAY else timedelta()


def corrected(
    occurred_at: datetime, off: timedelta, received_at: datetime, kept: timedelta
) -> tuple[datetime, Reason | None]:
    """The instant in UTC, and why it is not to be believed or kept, if so.

    What seems to lie a little ahead happened just now. ``kept`` is how long events are: what is
    older could have been forgotten already, and would count twice.
    """
    try:
        at = occurred_at.astimezone(UTC) + off
    except OverflowError:
        return received_at, "time"
    if at > received_at + AHEAD:
        return received_at, "future"
    if at < received_at - kept:
        return at, "too_old"
    return min(at, received_at), None


def zone_named(told: str | None, kept: str) -> ZoneInfo:
    """The zone a request names, else the one kept; UTC where nobody knows either."""
    return _known(told) or _known(kept) or ZoneInfo(DEFAULT_ZONE)


def _known(name: str | None) -> ZoneInfo | None:
    if not name or len(name) > LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
