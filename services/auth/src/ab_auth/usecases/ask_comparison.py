"""Answers how the latest comparison with the issuer's list went, and has one made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.audit import Details
from ab_shared.contracts.identity_events import ReconcileIdentities, Reconciliation
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_auth.domain.identities import Comparison, ComparisonState
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class AskComparison:
    """``issuer`` is None where none is compared; ``wake`` calls whoever compares to work."""

    store: Store
    issuer: str | None
    clock: Clock
    wake: Callable[[], None]

    async def __call__(self, request: ReconcileIdentities) -> Reconciliation:
        """How it stands; where one was asked for, that is ``wanted`` until somebody begins it."""
        if self.issuer is None:
            return Reconciliation(state="off")
        now = self.clock()
        async with self.store.begin() as unit:
            found = await unit.hold_comparison(self.issuer)
            if request.start:
                found = found.asked_for(now, request.most_missing_percent)
                await unit.keep_comparison(found)
                vouched = request.most_missing_percent
                after: Details | None = (
                    None if vouched is None else {"most_missing_percent": vouched}
                )
                deed = audited(
                    "identities.compare", self.issuer, request.actor, "operator", after=after
                )
                await unit.send(deed)
        if request.start:
            self.wake()
        return _shown(found, now)


def _shown(found: Comparison, now: datetime) -> Reconciliation:
    due = found.due_at is not None and found.due_at <= now
    wanted = due and found.state is not ComparisonState.RUNNING
    return Reconciliation(
        state="wanted" if wanted else found.state.value,
        started_at=found.started_at,
        finished_at=found.finished_at,
        listed=found.listed,
        made=found.made,
        missing=found.missing,
        gone=found.gone,
        reason=found.reason,
    )
