"""What the store says a customer holds: which of two readings counts, and when to read again."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ab_shared.errors import TransientError

from ab_entitlement.domain.purchase_events import LONGEST_TEMPORARY, PurchaseEvent, is_anonymous
from ab_entitlement.domain.subscription import Grant, Subscription

DAY = timedelta(days=1)
# What ended longer ago comes back only by a new purchase, and that sends an event.
KEPT_WATCHING = timedelta(days=30)
# A renewal is on the books when its period begins; a minute for the books to close.
AFTER_EXPIRY = timedelta(minutes=1)
# Between a try that may have failed and the next one that nobody asks for.
LEASE = timedelta(minutes=15)
# Hosts' clocks differ: a reading that began this close to an event may not have seen it.
CLOCK_SKEW = timedelta(seconds=1)
# A store's clock further ahead than this would make every later answer look old for good.
MOST_AHEAD = timedelta(minutes=10)


class AnswerMalformed(TransientError):
    """The store's answer is not what it promises; what was known before stays."""


class StoreResting(TransientError):
    """The store asked to be left alone for a while, or has failed too often."""


class AnswerOutOfOrder(TransientError):
    """The store's clock stands behind an answer it gave before: ask again a little later."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer of the store. ``asked_at`` is our clock before asking, ``at`` the store's own."""

    asked_at: datetime
    at: datetime
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody the store knows. ``user_id`` None: nobody has claimed it yet.

    ``told_at`` is the youngest event that moved it, ``temporary_at`` the youngest that began a
    temporary grant; ``linked_at`` says how young the word about its user is, ``due_at`` when to
    read again without being told to.
    """

    id: str
    user_id: str | None = None
    linked_at: datetime | None = None
    told_at: datetime | None = None
    temporary_at: datetime | None = None
    due_at: datetime | None = None
    reading: Reading | None = None

    def told(self, event: PurchaseEvent) -> Customer:
        """After an event; the youngest of all that came counts, in whichever order they did."""
        began = event.at if event.temporary_until is not None else None
        return replace(
            self,
            told_at=_later(self.told_at, event.at),
            temporary_at=_later(self.temporary_at, began),
        )

    def linked(self, user_id: str, at: datetime) -> Customer:
        """After a word about whose it is; an older word changes nothing."""
        if not is_anonymous(self.id):
            return self
        # Of two words of one instant the same one wins in whichever order they come.
        if self.user_id and self.linked_at and (self.linked_at, self.user_id) >= (at, user_id):
            return self
        return replace(self, user_id=user_id, linked_at=at)

    def due(self, at: datetime) -> Customer:
        """To be read at ``at`` unless somebody has by then."""
        return replace(self, due_at=at)

    @property
    def temporary_until(self) -> datetime | None:
        """The end of a temporary grant; whatever is told after it was begun ends it at once."""
        if self.temporary_at is None or (self.told_at and self.told_at > self.temporary_at):
            return None
        return self.temporary_at + LONGEST_TEMPORARY


def new_customer(customer_id: str) -> Customer:
    """Somebody heard of for the first time; an id that is not the store's own is a user's."""
    return Customer(customer_id, user_id=None if is_anonymous(customer_id) else customer_id)


def together(
    user_id: str, given: Iterable[Grant], customers: Sequence[Customer]
) -> Subscription | None:
    """All that is known of a user: what an operator gave, and what their customers hold.

    Its age is that of the oldest reading.
    """
    readings = [one.reading for one in customers if one.reading is not None]
    grants = (*given, *(grant for reading in readings for grant in reading.grants))
    if not grants and not customers:
        return None
    ends = [end for one in customers if (end := one.temporary_until) is not None]
    return Subscription(
        user_id,
        grants=grants,
        temporary_until=max(ends, default=None),
        fetched_at=min((reading.asked_at for reading in readings), default=None),
    )


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((at for at in (first, second) if at is not None), default=None)


class Verdict(StrEnum):
    """What to do with a reading."""

    KEEP = "keep"
    OVERTAKEN = "overtaken"


def judge(kept: Reading | None, new: Reading) -> Verdict:
    """Whether ``new`` counts; answers may arrive in any order and never lead back.

    Raises:
        AnswerOutOfOrder: asked later than the kept one and yet not younger by the store's clock,
            with other contents: only asking again can tell.
    """
    if kept is None or new.at > kept.at:
        return Verdict.KEEP
    if new.grants == kept.grants:
        # The same contents again: that they were asked for later is worth keeping.
        return Verdict.KEEP if new.asked_at > kept.asked_at else Verdict.OVERTAKEN
    if new.asked_at <= kept.asked_at:
        return Verdict.OVERTAKEN
    raise AnswerOutOfOrder("The store's clock went back")


def knows(kept: Reading | None, wanted_at: datetime) -> bool:
    """Whether what is kept was asked for after ``wanted_at`` by more than clocks can differ."""
    return kept is not None and kept.asked_at > wanted_at + CLOCK_SKEW


def next_reading(customer_id: str, grants: Iterable[Grant], now: datetime) -> datetime | None:
    """When to read without being told to: daily, and right after each end; None for the finished.

    A lost webhook of a renewal is so repaired within a minute or two of the old expiry.
    """
    ends = [end for grant in grants for end in _ends(grant, now)]
    if not ends:
        return None
    # Spread over two hours: a million customers bought at one moment are not read at one moment.
    spread = timedelta(seconds=zlib.crc32(customer_id.encode()) % 7200)
    soon = [end + AFTER_EXPIRY for end in ends if end is not None and end > now]
    return min([now + DAY - spread, *soon])


def _ends(grant: Grant, now: datetime) -> list[datetime | None]:
    """Ends of a grant that is still worth watching; None stands for an open one."""
    if grant.refunded_at is not None and now - grant.refunded_at > KEPT_WATCHING:
        return []
    if grant.expires_at is None:
        return [None]
    both = [end for end in (grant.expires_at, grant.grace_expires_at) if end is not None]
    return [end for end in both if now - end < KEPT_WATCHING]
