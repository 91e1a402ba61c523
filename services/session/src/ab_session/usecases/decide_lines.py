"""People decide about texts: one by one, or many at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.audit import Details
from ab_shared.contracts.moderation import Decided, DecidedAll, Decision
from ab_shared.contracts.moderation import DecideLines as Request
from ab_shared.errors import AbError, Detail, ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_session.domain.moderation.verdict import Status, reviewed
from ab_session.moderation_ports import Judged
from ab_session.ports import Store, Unit
from ab_session.usecases.block_text import block_text, unblock_text
from ab_session.usecases.moderation_metrics import DECISIONS

STATUS = {"approve": Status.APPROVED, "reject": Status.REJECTED}
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class DecideLines:
    """Each decision is a transaction of its own: one that fails leaves the others standing."""

    store: Store
    clock: Clock

    async def __call__(self, request: Request) -> DecidedAll:
        """What became of each, in their order; the same decision again changes nothing.

        Raises:
            ValidationFailed: one text is named twice; nothing is decided.
        """
        _refuse_twice(request)
        results = [await self._safely(request, decision) for decision in request.decisions]
        return DecidedAll(results=tuple(results))

    async def _safely(self, request: Request, decision: Decision) -> Decided:
        try:
            return await self._decide(request, decision)
        except AbError as error:
            extra = {"item": str(decision.item_id), "error": type(error).__name__}
            logger.warning("A decision could not be written", extra=extra)
            return Decided(item_id=decision.item_id, outcome="failed")

    async def _decide(self, request: Request, decision: Decision) -> Decided:
        at, status = self.clock(), STATUS[decision.verdict]
        async with self.store.begin() as unit:
            before = await unit.moderation.find(decision.item_id, hold=True)
            if before is None:
                return Decided(item_id=decision.item_id, outcome="not_found")
            if before.verdict.status is status and before.decided_by is not None:
                return Decided(item_id=decision.item_id, outcome="unchanged", status=status.value)
            return await self._write(unit, request, before, decision.item_id, status, at)

    async def _write(
        self,
        unit: Unit,
        request: Request,
        before: Judged,
        item_id: UUID,
        status: Status,
        at: datetime,
    ) -> Decided:
        verdict = reviewed(status, before.verdict.category)
        await unit.moderation.decide(before.address, verdict, request.actor, at)
        if status is Status.REJECTED:
            sessions, stopped = await block_text(unit, before.address, at)
        else:
            sessions, stopped = await unblock_text(unit, before.address, at), 0
        entry = audited(
            "moderation.decide",
            f"text:{item_id}",
            request.actor,
            request.actor_kind,
            before=_told(before),
            after={"status": status.value, "sessions": sessions, "stopped_jobs": stopped},
            reason=request.reason,
        )
        await unit.send(entry)
        DECISIONS.labels(verdict.provider, status.value).inc()
        return Decided(
            item_id=item_id,
            outcome="decided",
            status=status.value,
            stopped_jobs=stopped,
            sessions=sessions,
        )


def _told(judged: Judged) -> Details:
    verdict = judged.verdict
    return {
        "status": verdict.status.value,
        "reason": verdict.reason.value,
        "category": verdict.category,
        "provider": verdict.provider,
        "decided_by": judged.decided_by,
    }


def _refuse_twice(request: Request) -> None:
    items = [decision.item_id for decision in request.decisions]
    twice: dict[str, Detail] = {
        f"decisions.{place}.itemId": f"repeats decisions[{items.index(item)}].itemId"
        for place, item in enumerate(items)
        if items.index(item) < place
    }
    if twice:
        raise ValidationFailed("A text can be decided about only once at a time", details=twice)
