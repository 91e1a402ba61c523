"""Changes by hand what counts as spent, with a reason, on the record."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import usage
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_entitlement.domain.ledger import Entry
from ab_entitlement.ports import Ledger, LedgerUnit, PlanBook
from ab_entitlement.usecases.metrics import CORRECTED
from ab_entitlement.usecases.read_standing import read_standing
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
        before = await read_standing(unit, self.book.plans, request.user_id, None, now)
        entry = Entry(
            request.user_id,
            before.day,
            "correct",
            request.amount,
            now,
            request_id=request.request_id,
            actor=request.actor,
            reason=request.reason,
        )
        spent = before.standing.usage.generations
        record = audited(
            "quota.correct",
            f"user:{entry.user_id}",
            request.actor,
            request.actor_kind,
            before={"generations": spent},
            after={
                "generations": spent + entry.amount,
                "amount": entry.amount,
                "day": entry.day.isoformat(),
            },
            reason=entry.reason,
            occurred_at=now,
        )
        if not await unit.correct(entry):
            return False
        await unit.send(record, message_id=f"quota-corrected:{request.request_id}")
        await unit.announce(request.user_id)
        return True
