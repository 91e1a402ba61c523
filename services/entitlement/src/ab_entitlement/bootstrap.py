"""The one place where the entitlement service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from ab_shared.runtime.clock import Clock, utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone

from ab_entitlement.adapters.plan_file import FilePlans
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.domain.plans import Plans
from ab_entitlement.entrypoints.consumer import Quota, subscriptions
from ab_entitlement.entrypoints.sweep import sweeping
from ab_entitlement.ports import Ledger, PlanBook
from ab_entitlement.settings import EntitlementSettings
from ab_entitlement.usecases.correct_quota import CorrectQuota
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.get_usage import GetUsage
from ab_entitlement.usecases.keep_cost import KeepCost
from ab_entitlement.usecases.lapse_reservations import LapseReservations
from ab_entitlement.usecases.list_reservations import ListHeldReservations
from ab_entitlement.usecases.measure_drift import MeasureDrift
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_entitlement.usecases.show_quota import ShowQuota


def plan_book(settings: EntitlementSettings) -> FilePlans:
    """The plans of this deployment, with what its environment lays over them."""

    def adjust(plans: Plans) -> Plans:
        sandbox = settings.environment != "production"
        return replace(plans.giving_away(settings.free_daily_generations), accept_sandbox=sandbox)

    return FilePlans(settings.plans_file, adjust)


def quota(ledger: Ledger, book: PlanBook, clock: Clock) -> Quota:
    """The use cases about plans, generations and costs."""
    return Quota(
        get=GetEntitlement(ledger, book, clock),
        reserve=ReserveGeneration(ledger, book, clock),
        settle=SettleGeneration(ledger, clock),
        keep_cost=KeepCost(ledger, book, clock),
        usage=GetUsage(ledger, book, clock),
        reservations=ListHeldReservations(ledger),
        show=ShowQuota(ledger, book, clock),
        correct=CorrectQuota(ledger, book, clock),
    )


@asynccontextmanager
async def running(settings: EntitlementSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    book = plan_book(settings)
    async with open_backbone("entitlement", settings, health) as backbone:
        ledger = PostgresLedger(backbone.transactions)
        await backbone.serve(subscriptions(quota(ledger, book, utc_now)))
        chores = (LapseReservations(ledger, utc_now), MeasureDrift(ledger, utc_now))
        async with sweeping(chores, settings.quota_sweep_seconds):
            yield
