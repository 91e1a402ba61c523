"""Asks again about texts that are pending because nobody answered, and looks after what is kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.clock import Clock

from ab_session.domain.moderation.verdict import Status, Verdict
from ab_session.moderation_ports import Due, Moderator
from ab_session.ports import Store
from ab_session.usecases.block_text import block_text, unblock_text
from ab_session.usecases.moderation_metrics import DECISIONS, OLDEST, QUEUE, UNAVAILABLE

# One question of this many texts a sweep: an outage leaves thousands, and each costs.
BATCH = 25
MAX_BATCHES = 4
LEASE = timedelta(minutes=2)
FORGET_AFTER = timedelta(days=30)
FORGET_AT_ONCE = 5000
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class RecheckTexts:
    """Several instances may do it at once: each takes texts that no other has taken."""

    store: Store
    vendor: Moderator | None
    clock: Clock

    async def __call__(self) -> int:
        """How many texts have a verdict now; at most ``BATCH * MAX_BATCHES`` in a sweep."""
        done = 0
        for _ in range(MAX_BATCHES):
            answered = await self._batch()
            done += answered
            if answered < BATCH:
                break
        await self._measure()
        return done

    async def forget(self) -> int:
        """How many verdicts went whose texts stand nowhere: a look at all of them, so seldom."""
        async with self.store.begin() as unit:
            return await unit.moderation.forget_unused(self.clock() - FORGET_AFTER, FORGET_AT_ONCE)

    async def _batch(self) -> int:
        if self.vendor is None:
            return 0
        at = self.clock()
        # Not inside the transaction, whose locks would last as long as the question.
        async with self.store.begin() as unit:
            due = await unit.moderation.claim_due(at, at + LEASE, BATCH)
        if not due:
            return 0
        try:
            verdicts = await self.vendor.judge([one.text for one in due])
        except DependencyUnavailable:
            # They are due again when the lease is over: nobody asks at once for each.
            return 0
        await self._write(due, verdicts)
        return len(due)

    async def _write(self, due: Sequence[Due], verdicts: Sequence[Verdict]) -> None:
        for one, verdict in zip(due, verdicts, strict=True):
            at = self.clock()
            async with self.store.begin() as unit:
                await unit.moderation.record({one.address: verdict}, at)
                stored = (await unit.moderation.known([one.address])).get(one.address)
                if stored is None or stored.verdict != verdict:
                    # A person decided while the vendor was asked.
                    continue
                if verdict.status is Status.REJECTED:
                    await block_text(unit, one.address, at)
                elif verdict.status is Status.APPROVED:
                    await unblock_text(unit, one.address, at)
            DECISIONS.labels(verdict.provider, verdict.status.value).inc()

    async def _measure(self) -> None:
        async with self.store.begin() as unit:
            waiting = await unit.moderation.waiting()
        QUEUE.set(waiting.pending)
        UNAVAILABLE.set(waiting.unavailable)
        OLDEST.set(_age(waiting.oldest, self.clock()))


def _age(oldest: datetime | None, at: datetime) -> float:
    return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0
