"""Shows an operator a user's day and the ledger behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from ab_shared.contracts import usage
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.ledger import Entry
from ab_entitlement.ports import Ledger, LedgerUnit, PlanBook
from ab_entitlement.usecases.get_usage import report
from ab_entitlement.usecases.read_standing import read_standing

LINES = 20
# What an operator looks at may lie a while back.
LOOKED_AT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class ShowQuota:
    """Reads only."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, request: usage.ShowQuota) -> usage.Quota:
        """Today, and the newest lines of the ledger."""
        async with self.ledger.begin() as unit:
            return await self.of(unit, request.user_id, request.lines)

    async def of(self, unit: LedgerUnit, user_id: str, lines: int = LINES) -> usage.Quota:
        """The same inside somebody else's transaction."""
        found = await read_standing(unit, self.book.plans, user_id, None, self.clock())
        written = await unit.entries(user_id, lines)
        return usage.Quota(
            usage=report(found),
            balance=await unit.balance(user_id, found.day),
            drift=await unit.drift(found.day - LOOKED_AT, user_id),
            lines=tuple(_line(entry) for entry in written),
        )


def _line(entry: Entry) -> usage.LedgerLine:
    return usage.LedgerLine.model_validate(asdict(entry))
