"""Sends what devices are to be told, and reads what became of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.errors import DependencyUnavailable, ValidationFailed
from ab_shared.runtime.clock import Clock
from prometheus_client import Counter

from ab_session.domain.notices import (
    ENGLISH,
    LEASE,
    MOST_LATE,
    RECEIPT_AFTER,
    RECEIPT_BEFORE,
    REMEMBERED,
    Notice,
    pause_after,
)
from ab_session.notice_ports import Answer, Push, Pushes, Word
from ab_session.ports import Store, Unit

MOST_AT_ONCE = 100
MOST_RECEIPTS = 300
SENT = Counter("ab_notices_sent_total", "Notices a vendor took, by kind.", ("kind",))
FAILED = Counter("ab_notices_failed_total", "Notices given up, by reason.", ("reason",))
DELIVERED = Counter("ab_notices_delivered_total", "Notices that a receipt says were handed over.")
DROPPED = Counter("ab_push_tokens_dropped_total", "Devices that a vendor does not know any more.")
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class SendNotices:
    """A notice is taken for a while, sent, and noted as sent: a death in between repeats it once.

    ``brief``: jobs that took less are not told of, for their owner still looks at the screen.
    """

    store: Store
    pushes: Pushes
    clock: Clock
    brief: timedelta

    async def __call__(self) -> int:
        """How many were taken; several instances may send at once."""
        async with self.store.begin() as unit:
            taken = await unit.notices.take(self.clock(), LEASE, MOST_AT_ONCE, took=self.brief)
        if taken:
            await self._send(taken)
        return len(taken)

    async def _send(self, notices: Sequence[Notice]) -> None:
        try:
            answers = await self.pushes.send([_push(notice) for notice in notices])
        except DependencyUnavailable:
            await self._later(notices)
            return
        except ValidationFailed as error:
            # One of them spoils all: halves find it, and the others arrive.
            if len(notices) > 1:
                half = len(notices) // 2
                await self._send(notices[:half])
                await self._send(notices[half:])
                return
            answers = [Answer(Word.REFUSED, error=error.message)]
        await self._note(notices, answers)

    async def _later(self, notices: Sequence[Notice]) -> None:
        async with self.store.begin() as unit:
            for notice in notices:
                await unit.notices.postpone([notice], self.clock() + pause_after(notice.attempts))

    async def _note(self, notices: Sequence[Notice], answers: Sequence[Answer]) -> None:
        at = self.clock()
        async with self.store.begin() as unit:
            for notice, answer in zip(notices, answers, strict=True):
                if answer.word is Word.OK and answer.ticket is not None:
                    await unit.notices.sent(notice, answer.ticket, at, at + RECEIPT_AFTER)
                    SENT.labels(notice.kind.value).inc()
                elif answer.word is Word.BUSY:
                    await unit.notices.postpone([notice], at + pause_after(notice.attempts))
                elif answer.word is Word.GONE:
                    await unit.notices.drop(notice.token_id)
                    DROPPED.inc()
                else:
                    await unit.notices.end(notice, answer.error or "no ticket")
                    FAILED.labels("refused").inc()
                    logger.warning("A notice was refused", extra={"job": str(notice.job_id)})


@dataclass(frozen=True, slots=True)
class ReadReceipts:
    """What the phones' makers did with what was sent; a quarter of an hour later, for a day."""

    store: Store
    pushes: Pushes
    clock: Clock

    async def __call__(self) -> int:
        """How many were asked about."""
        async with self.store.begin() as unit:
            taken = await unit.notices.take_sent(self.clock(), LEASE, MOST_RECEIPTS)
        by_ticket = {notice.ticket: notice for notice in taken if notice.ticket is not None}
        if not by_ticket:
            return 0
        try:
            answers = await self.pushes.receipts(list(by_ticket))
        except DependencyUnavailable:
            answers = {}
        async with self.store.begin() as unit:
            at = self.clock()
            for ticket, notice in by_ticket.items():
                answer = answers.get(ticket)
                if answer is None and at - (notice.sent_at or at) < RECEIPT_BEFORE:
                    await unit.notices.postpone([notice], at + RECEIPT_AFTER)
                elif answer is not None and answer.word is Word.GONE:
                    await self._gone(unit, notice)
                else:
                    await unit.notices.end(notice, _outcome(answer))
        return len(by_ticket)

    async def _gone(self, unit: Unit, notice: Notice) -> None:
        # It was gone then: an app that was put back since has registered the same token again.
        if await unit.notices.drop(notice.token_id, unseen_since=notice.sent_at):
            DROPPED.inc()
        else:
            await unit.notices.end(notice, "back again")


@dataclass(frozen=True, slots=True)
class TidyNotices:
    """Nobody is told of what is old, whether or not there is anybody to tell them."""

    store: Store
    clock: Clock

    async def __call__(self) -> int:
        """How many were given up."""
        at = self.clock()
        async with self.store.begin() as unit:
            late = await unit.notices.tidy(at - MOST_LATE, at - REMEMBERED)
        if late:
            FAILED.labels("late").inc(late)
        return late


def _outcome(answer: Answer | None) -> str | None:
    """The error to keep of a notice that is over; None when it was handed over."""
    if answer is None:
        return "no receipt"
    if answer.word is Word.OK:
        DELIVERED.inc()
        return None
    # Never sent again: whoever refused it has had it, and a second one may reach the device.
    FAILED.labels("receipt").inc()
    return answer.error or "refused"


def _push(notice: Notice) -> Push:
    data = {
        "type": notice.kind.value,
        "sessionId": str(notice.session_id),
        "jobId": str(notice.job_id),
    }
    return Push(notice.token, ENGLISH[notice.kind], data)
