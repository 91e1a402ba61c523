"""The one place where the entitlement service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
from ab_shared.database.transaction import Transactions
from ab_shared.runtime.chores import sweeping
from ab_shared.runtime.clock import Clock, utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone

from ab_entitlement.adapters.erasing import PostgresErasing
from ab_entitlement.adapters.personal_rows import PostgresPersonalRecords
from ab_entitlement.adapters.plan_file import FilePlans
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.adapters.purchase_metrics import PrometheusMeter
from ab_entitlement.adapters.purchase_rows import PostgresPurchases
from ab_entitlement.adapters.revenuecat import RevenueCat
from ab_entitlement.adapters.spending_counts import PostgresCounts
from ab_entitlement.domain.plans import Plans
from ab_entitlement.entrypoints.consumer import Quota, subscriptions
from ab_entitlement.entrypoints.erasing import hear_erasures
from ab_entitlement.entrypoints.exporting import hear_exports
from ab_entitlement.entrypoints.purchases import PurchaseCases, hear_purchases
from ab_entitlement.entrypoints.stats import hear_stats
from ab_entitlement.ports import Ledger, PlanBook
from ab_entitlement.purchase_ports import PurchaseMeter, Purchases, Store
from ab_entitlement.settings import EntitlementSettings
from ab_entitlement.usecases.correct_quota import CorrectQuota
from ab_entitlement.usecases.erase_user import EraseUser
from ab_entitlement.usecases.export_user import ExportUser
from ab_entitlement.usecases.forget_purchase_events import ForgetPurchaseEvents
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.get_usage import GetUsage
from ab_entitlement.usecases.keep_cost import KeepCost
from ab_entitlement.usecases.keep_profile_zone import KeepProfileZone
from ab_entitlement.usecases.lapse_reservations import LapseReservations
from ab_entitlement.usecases.link_purchases import LinkPurchases
from ab_entitlement.usecases.list_reservations import ListHeldReservations
from ab_entitlement.usecases.measure_drift import MeasureDrift
from ab_entitlement.usecases.reconcile_purchases import ReadDuePurchases, ReconcilePurchases
from ab_entitlement.usecases.replay_purchase_events import ReplayPurchaseEvents
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.resync_purchases import ResyncPurchases
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_entitlement.usecases.show_quota import ShowQuota
from ab_entitlement.usecases.store_purchase_event import StorePurchaseEvent
from ab_entitlement.usecases.tell_stats import TellStats

SWEEPS_A_SUM = 10
FORGETTING_SECONDS = 3600.0


def plan_book(settings: EntitlementSettings) -> FilePlans:
    """The plans of this deployment, with what its environment lays over them."""

    def adjust(plans: Plans) -> Plans:
        generous = plans.giving_away(settings.free_daily_generations)
        return replace(generous, accept_sandbox=settings.sandbox_counts)

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
        keep_zone=KeepProfileZone(ledger),
    )


def purchase_cases(
    purchases: Purchases, book: PlanBook, clock: Clock, meter: PurchaseMeter, store: Store | None
) -> PurchaseCases:
    """The use cases about purchases; ``store`` None: events are kept for when there is one."""
    return PurchaseCases(
        store_event=StorePurchaseEvent(purchases, book, clock, meter, reads=store is not None),
        reconcile=ReconcilePurchases(purchases, clock),
        replay=ReplayPurchaseEvents(purchases, book, clock),
        link=LinkPurchases(purchases, book, clock),
        resync=ResyncPurchases(purchases, store, book, clock, meter) if store else None,
        read_due=ReadDuePurchases(purchases, store, clock, meter) if store else None,
    )


def revenuecat(settings: EntitlementSettings, client: httpx.AsyncClient) -> RevenueCat | None:
    """The store's middleman, where there is a key for it."""
    key = settings.revenuecat_api_key
    if key is None:
        return None
    return RevenueCat(client, settings.revenuecat_base_url, key.get_secret_value())


@asynccontextmanager
async def _purchases(
    settings: EntitlementSettings, book: PlanBook, transactions: Transactions
) -> AsyncIterator[PurchaseCases]:
    async with httpx.AsyncClient() as client:
        store = revenuecat(settings, client)
        rows = PostgresPurchases(transactions)
        cases = purchase_cases(rows, book, utc_now, PrometheusMeter(), store)
        chores = () if cases.read_due is None else (cases.read_due,)
        forget = ForgetPurchaseEvents(rows, utc_now, timedelta(days=settings.purchase_event_days))
        async with (
            sweeping(chores, settings.purchase_sweep_seconds),
            sweeping((forget,), FORGETTING_SECONDS),
        ):
            yield cases


@asynccontextmanager
async def running(settings: EntitlementSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    book = plan_book(settings)
    async with (
        open_backbone("entitlement", settings, health) as backbone,
        _purchases(settings, book, backbone.transactions) as purchases,
    ):
        ledger = PostgresLedger(backbone.transactions)
        heard = subscriptions(quota(ledger, book, utc_now))
        records = PostgresPersonalRecords(backbone.transactions)
        hear_exports(heard, ExportUser(records))
        counts = PostgresCounts(backbone.transactions)
        hear_stats(heard, TellStats(counts, book, utc_now))
        hear_erasures(heard, EraseUser(PostgresErasing(backbone.transactions)))
        await backbone.serve(hear_purchases(heard, purchases))
        lapse, measure = LapseReservations(ledger, utc_now), MeasureDrift(ledger, utc_now)
        # Adding up days of everybody's lines costs more than finding what has expired.
        rarely = settings.quota_sweep_seconds * SWEEPS_A_SUM
        async with sweeping((lapse,), settings.quota_sweep_seconds), sweeping((measure,), rarely):
            yield
