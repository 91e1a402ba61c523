"""Takes down that a service has erased what it held, and ends the erasure after the last one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.privacy import Erased, UserErased
from ab_shared.runtime.clock import Clock

from ab_auth.domain.erasure import reported
from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.privacy_ports import PrivacyStore, PrivacyUnit
from ab_auth.usecases.tell_privacy_job import tell_privacy_job

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class RecordErased:
    """Reports may come twice, in any order and late."""

    store: PrivacyStore
    clock: Clock

    async def __call__(self, event: Erased) -> None:
        """One report; of an erasure that nobody knows, or that is over, it changes nothing."""
        async with self.store.begin() as unit:
            record = await unit.privacy_job(event.erasure_id, hold=True)
            if record is not None:
                await record_report(unit, record, event, self.clock())


async def record_report(
    unit: PrivacyUnit, before: PrivacyRecord, event: Erased, at: datetime
) -> PrivacyRecord:
    """Writes a report on an erasure that is held; the erasure afterwards."""
    if before.kind != "erasure":
        return before
    after = reported(before, event.service, event.part, event.counts, event.parts, at)
    if after is before:
        return before
    if not after.live and before.user_id is not None:
        # Once more, for what crossed the first time: a token that made its user anew.
        await unit.forget_user(before.user_id)
        await unit.rename_in_trail(before.user_id, before.proof)
        await unit.send(UserErased(erasure_id=after.id))
        logger.info("An erasure is over", extra={"erasure": str(after.id)})
    await unit.keep_erasure(after)
    await tell_privacy_job(unit, after)
    return after
