"""Takes one generation of a user's day before a job may start."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ab_shared.contracts import rpc
from ab_shared.errors import RequestRefused
from ab_shared.runtime.clock import Clock

from ab_entitlement.domain.ledger import entries
from ab_entitlement.domain.reservation import Reservation
from ab_entitlement.domain.reserving import reserve
from ab_entitlement.ports import Ledger, LedgerUnit, PlanBook
from ab_entitlement.usecases.metrics import REFUSED, TAKEN
from ab_entitlement.usecases.read_standing import Picture, read_standing


@dataclass(frozen=True, slots=True)
class Decision:
    """What was found, what is to be kept, and the picture behind it."""

    found: Reservation | None
    taken: Reservation
    picture: Picture


@dataclass(frozen=True, slots=True)
class ReserveGeneration:
    """One user's reservations are decided one after the other, so the limit holds."""

    ledger: Ledger
    book: PlanBook
    clock: Clock

    async def __call__(self, request: rpc.ReserveGeneration) -> rpc.Entitlement:
        """What remains afterwards; a reservation that is held already takes nothing more.

        Raises:
            FreeLimitReached: nothing is left today; nothing is written.
            RateLimited: nothing is left of a paid plan's budget.
            SessionTooLong, EntitlementRequired: the plan does not hold so much, or this voice.
            Conflict: the reservation belongs to another user.
        """
        try:
            allowed, taken = await self._reserve(request)
        except RequestRefused as refusal:
            REFUSED.labels(refusal.code.value).inc()
            raise
        if taken:
            TAKEN.labels(allowed.plan).inc()
        return allowed

    async def _reserve(self, request: rpc.ReserveGeneration) -> tuple[rpc.Entitlement, bool]:
        async with self.ledger.begin() as unit:
            # First without waiting: a crowd that is refused anyway must not queue for the lock,
            # holding the connections that other users need.
            first = await self._decide(unit, request)
            if first.taken is first.found:
                return first.picture.allowed, False
            await unit.hold(request.user_id)
            decision = await self._decide(unit, request)
            if decision.taken is decision.found:
                return decision.picture.allowed, False
            return await self._take(unit, decision), True

    async def _decide(self, unit: LedgerUnit, request: rpc.ReserveGeneration) -> Decision:
        # The clock anew each time: whoever waited across midnight pays from the new day.
        now, plans = self.clock(), self.book.plans
        picture = await read_standing(unit, plans, request.user_id, request.timezone, now)
        found = await unit.reservation(request.reservation_id)
        usage, zone = picture.standing.usage, picture.zone
        taken = reserve(found, request, picture.allowed, usage, plans, now, zone)
        return Decision(found, taken, picture)

    async def _take(self, unit: LedgerUnit, decision: Decision) -> rpc.Entitlement:
        taken, picture = decision.taken, decision.picture
        await unit.keep(taken, entries(decision.found, taken, "reserve", picture.at))
        version = await unit.announce(taken.user_id)
        usage = picture.standing.usage
        return picture.after(replace(usage, generations=usage.generations + 1), version)
