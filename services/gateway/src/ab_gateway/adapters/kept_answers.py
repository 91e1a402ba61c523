"""Answers of services, kept for some seconds in this process and evicted by news of changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from ab_shared.runtime.clock import Clock
from prometheus_client import Counter


class Versioned(Protocol):
    """An answer that says how new it is; 0 for one that does not count its changes."""

    @property
    def version(self) -> int:
        """Grows with each change."""
        ...


KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT", bound=Versioned)

# Some hundred bytes to a few KB each. Beyond this who was away longest is asked for again.
MOST = 10_000
# News comes within milliseconds; this bounds what a lost one costs.
FRESH = timedelta(seconds=10)
# No request lives longer (REQUEST_SECONDS): an answer to an older question is never handed in.
IN_FLIGHT = timedelta(seconds=15)
LOOKUPS = Counter(
    "ab_gateway_cache_total", "Looks into the caches of answers, by outcome.", ("kind", "outcome")
)


@dataclass(slots=True)
class _Slot(Generic[AnswerT]):
    """``floor`` is the newest version heard of; ``dropped`` and ``heard`` are marks.

    Of the last drop, and of the last news of any kind.
    """

    held: AnswerT | None = None
    until: datetime | None = None
    floor: int = 0
    dropped: int = 0
    heard: int = 0


class KeptAnswers(Generic[KeyT, AnswerT]):
    """Implements ``Kept``.

    Old data cannot come back: an answer older than the newest version heard of is not kept, nor is
    one that was asked for before the caller's own last write.
    """

    def __init__(self, kind: str, now: Clock, most: int = MOST) -> None:
        self._now = now
        self._most = most
        self._hits, self._misses = LOOKUPS.labels(kind, "hit"), LOOKUPS.labels(kind, "miss")
        self._slots: OrderedDict[KeyT, _Slot[AnswerT]] = OrderedDict()
        self._mark = 0
        # The last news of slots that had to make room: who asked before that is not kept either.
        self._forgotten = 0
        self._asked_at: datetime | None = None

    def find(self, key: KeyT) -> AnswerT | None:
        """What is kept and still holds."""
        slot = self._slots.get(key)
        if slot is None or slot.held is None or slot.until is None or self._now() >= slot.until:
            self._misses.inc()
            return None
        self._slots.move_to_end(key)
        self._hits.inc()
        return slot.held

    def ticket(self) -> int:
        """To be drawn before asking, and handed in with the answer."""
        self._asked_at = self._now()
        return self._mark

    def keep(self, key: KeyT, answer: AnswerT, ticket: int) -> bool:
        """Keeps an answer; False when something newer is known of."""
        slot = self._slots.get(key)
        dropped, floor = (slot.dropped, slot.floor) if slot else (self._forgotten, 0)
        if dropped > ticket or answer.version < floor:
            return False
        slot = self._slot(key)
        slot.held, slot.floor = answer, answer.version
        slot.until = self._holds_until(answer)
        return True

    def evict(self, key: KeyT, version: int) -> None:
        """Hears that something has this version now; an echo of what is kept is nothing."""
        slot = self._news_of(key)
        if slot is None or (slot.held is not None and version and slot.held.version >= version):
            return
        slot.held, slot.floor = None, max(slot.floor, version)
        if not version:
            slot.dropped = slot.heard

    def drop(self, key: KeyT) -> None:
        """Forgets an answer, and the one that is being asked for at this moment."""
        slot = self._news_of(key)
        if slot is not None:
            slot.held, slot.dropped = None, slot.heard

    def drop_all(self) -> None:
        """Forgets every answer, and all that are being asked for at this moment."""
        self._slots.clear()
        self._mark += 1
        self._forgotten = self._mark

    def _news_of(self, key: KeyT) -> _Slot[AnswerT] | None:
        """The slot that has to know, or None where nobody asked and nobody is asking."""
        if key not in self._slots and not self._may_be_asking():
            return None
        slot = self._slot(key)
        self._mark += 1
        slot.heard = self._mark
        return slot

    def _may_be_asking(self) -> bool:
        return self._asked_at is not None and self._now() - self._asked_at <= IN_FLIGHT

    def _slot(self, key: KeyT) -> _Slot[AnswerT]:
        slot = self._slots.setdefault(key, _Slot(dropped=self._forgotten))
        self._slots.move_to_end(key)
        while len(self._slots) > self._most:
            _, gone = self._slots.popitem(last=False)
            self._forgotten = max(self._forgotten, gone.heard)
        return slot

    def _holds_until(self, _answer: AnswerT) -> datetime:
        return self._now() + FRESH
