"""What a device is told, when it is worth telling, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

# Seconds are counted on a screen; what comes later than an hour is no news any more.
MOST_LATE = timedelta(hours=1)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
# Sent, and asked for receipts: so long a taken notice is nobody else's.
LEASE = timedelta(minutes=2)
# When a receipt is there, as the vendor advises; it is kept there for a day.
RECEIPT_AFTER = timedelta(minutes=15)
RECEIPT_BEFORE = timedelta(hours=23)
# Until then it is known that a job was told of.
REMEMBERED = timedelta(days=7)
MAX_DOUBLINGS = 10
_MASK_ENDS = 4


class NoticeKind(StrEnum):
    """What happened."""

    TRACK_READY = "track_ready"
    TRACK_FAILED = "track_failed"
    OFFLINE_READY = "offline_ready"
    OFFLINE_FAILED = "offline_failed"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person reads, on a locked screen too: nothing of their own words."""

    title: str
    body: str


# A later language is another table.
ENGLISH: dict[NoticeKind, Wording] = {
    NoticeKind.TRACK_READY: Wording("Your track is ready", "Open the app to listen."),
    NoticeKind.TRACK_FAILED: Wording(
        "Your track could not be made", "Nothing was spent. Open the app to try again."
    ),
    NoticeKind.OFFLINE_READY: Wording("Your offline file is ready", "It can be downloaded now."),
    NoticeKind.OFFLINE_FAILED: Wording(
        "Your offline file could not be made", "Open the app to try again."
    ),
}


@dataclass(frozen=True, slots=True)
class News:
    """A job that ended, for its owner; ``took`` is how long they waited."""

    kind: NoticeKind
    job_id: UUID
    session_id: UUID
    user_id: str
    took: timedelta


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell one device. ``attempts`` counts this one."""

    job_id: UUID
    kind: NoticeKind
    token_id: UUID
    token: str
    session_id: UUID
    attempts: int
    created_at: datetime
    ticket: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device that is told."""

    id: UUID
    token: str
    platform: str
    created_at: datetime
    seen_at: datetime


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts that failed: twice as long each time."""
    doublings = max(0, min(attempts - 1, MAX_DOUBLINGS))
    return min(FIRST_PAUSE * int(2**doublings), LONGEST_PAUSE)


def masked(token: str) -> str:
    """Enough to tell two devices apart: ``ExponentPushToken[AbCd…wXyZ]``."""
    kind, _, rest = token.partition("[")
    inside = rest.removesuffix("]")
    return f"{kind}[{inside[:_MASK_ENDS]}\u2026{inside[-_MASK_ENDS:]}]"
