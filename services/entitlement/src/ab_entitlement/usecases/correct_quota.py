"""Changes by hand what counts as spent, with a reason, on the record."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import usage
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.context import current

from ab_entitlement.domain.day import day_of
from ab_entitlement.domain.ledger import Entry
from ab_entitlement.ports import Ledger, LedgerUnit, PlanBook
from ab_entitlement.usecases.metrics import CORRECTED
from ab_entitlement.usecases.show_quota import ShowQuota


@dataclass(frozen=True, slots=True)
class CorrectQuota:
    """Adds a line to the ledger; what was written before stays as it was."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, request: usage.CorrectQuota) -> usage.Quota:
        """The day afterwards; the same request again changes nothing more.

        Raises:
            ValidationFailed: an amount of 0, or a reason or an actor that holds an address.
        """
        if request.amount == 0:
            raise ValidationFailed("A correction by 0 corrects nothing")
        show = ShowQuota(self.ledger, self.book, self.clock)
        async with self.ledger.begin() as unit:
            await unit.hold(request.user_id)
            corrected = await self._correct(unit, request)
            quota = await show.of(unit, request.user_id)
        CORRECTED.inc(corrected)
        return quota

    async def _correct(self, unit: LedgerUnit, request: usage.CorrectQuota) -> bool:
        now = self.clock()
        by_user = self.book.plans.day == "user"
        zone = await unit.zone(request.user_id, None, now) if by_user else None
        entry = Entry(
            request.user_id,
            day_of(now, zone),
            "correct",
            request.amount,
            now,
            request_id=request.request_id,
            actor=request.actor,
            reason=request.reason,
        )
        record = _audit(entry)
        if not await unit.correct(entry):
            return False
        await unit.send(record, message_id=f"quota-corrected:{request.request_id}")
        await unit.announce(request.user_id)
        return True


def _audit(entry: Entry) -> AuditRecorded:
    try:
        return AuditRecorded(
            actor=entry.actor or "operator",
            actor_kind="operator",
            action="quota.correct",
            subject=f"user:{entry.user_id}",
            after={"amount": entry.amount, "day": entry.day.isoformat()},
            reason=entry.reason,
            request_id=current().request_id,
            occurred_at=entry.at,
        )
    except ValueError:
        # What was typed stays out of the answer: it may hold what must not be repeated.
        raise ValidationFailed("Name people by their id: no e-mail addresses here") from None
