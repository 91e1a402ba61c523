"""The one place where the entitlement service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ab_shared.runtime.clock import utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone

from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.entrypoints.consumer import subscriptions
from ab_entitlement.settings import EntitlementSettings
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration


@asynccontextmanager
async def running(settings: EntitlementSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    async with open_backbone("entitlement", settings, health) as backbone:
        ledger = PostgresLedger(backbone.transactions)
        plans = plans_with(settings.free_daily_generations)
        await backbone.serve(
            subscriptions(
                get=GetEntitlement(ledger, plans, utc_now),
                reserve=ReserveGeneration(ledger, plans, utc_now),
                settle=SettleGeneration(ledger, utc_now),
            )
        )
        yield
