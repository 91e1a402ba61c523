"""Looks after erasures: does auth's own chores, and asks again whoever has not reported."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts.privacy import Erased, ErasureRequested
from ab_shared.errors import AbError
from ab_shared.runtime.clock import Clock

from ab_auth.domain.erasure import FIRST_PAUSE, asked_again, waits_for
from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.privacy_ports import Backlog, Chore, PrivacyStore
from ab_auth.usecases.record_erased import record_report

MOST_AT_ONCE = 50
logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class ReviveErasures:
    """Any number of instances may do this at once. ``watch`` is told of the backlog."""

    store: PrivacyStore
    chores: Sequence[Chore]
    watch: Callable[[Backlog], None]
    clock: Clock

    async def __call__(self) -> int:
        """How many were looked after."""
        looked_after = 0
        while looked_after < MOST_AT_ONCE and await self._next():
            looked_after += 1
        async with self.store.begin() as unit:
            live, since = await unit.oldest_erasure()
        self.watch(Backlog(live, self.clock() - (since or self.clock())))
        return looked_after

    async def _next(self) -> bool:
        at = self.clock()
        async with self.store.begin() as unit:
            record = await unit.due_erasure(at)
            if record is None:
                return False
            # Written before the work: what fails or dies is due again after the pause.
            if at - record.requested_at < FIRST_PAUSE:
                record = replace(record, due_at=record.requested_at + FIRST_PAUSE)
            else:
                record = asked_again(record, at)
                if record.user_id is not None:
                    again = ErasureRequested(erasure_id=record.id, user_id=record.user_id)
                    await unit.send(again)
            await unit.keep_erasure(record)
        waiting = waits_for(record)
        if at - record.requested_at > FIRST_PAUSE:
            extra = {"erasure": str(record.id), "asked": record.asked, "waits_for": list(waiting)}
            logger.warning("An erasure waits", extra=extra)
        await self._own_chores(record, at)
        return True

    async def _own_chores(self, record: PrivacyRecord, at: datetime) -> None:
        done = record.reports.get("auth", {})
        for part, chore in enumerate(self.chores, start=1):
            if str(part) in done:
                continue
            try:
                counts = await chore(record)
            except AbError as error:
                extra = {"erasure": str(record.id), "error": type(error).__name__}
                logger.warning("A part of an erasure failed", extra=extra)
                continue
            report = Erased(erasure_id=record.id, service="auth", part=part, counts=dict(counts))
            async with self.store.begin() as unit:
                held = await unit.privacy_job(record.id, hold=True)
                if held is not None:
                    await record_report(unit, held, report, at)
