"""What the entitlement service hears, and the use case each message goes to."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc, usage
from ab_shared.contracts.events import GenerationSettled
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.correct_quota import CorrectQuota
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.get_usage import GetUsage
from ab_entitlement.usecases.keep_cost import KeepCost
from ab_entitlement.usecases.keep_profile_zone import KeepProfileZone
from ab_entitlement.usecases.list_reservations import ListHeldReservations
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_entitlement.usecases.show_quota import ShowQuota


@dataclass(frozen=True, slots=True)
class Quota:
    """The use cases about plans, generations and costs."""

    get: GetEntitlement
    reserve: ReserveGeneration
    settle: SettleGeneration
    keep_cost: KeepCost
    usage: GetUsage
    reservations: ListHeldReservations
    show: ShowQuota
    correct: CorrectQuota
    keep_zone: KeepProfileZone


def subscriptions(quota: Quota) -> Subscriptions:
    """Everything that is heard about quota."""
    heard = Subscriptions()
    heard.answer(rpc.GetEntitlement, quota.get)
    heard.answer(rpc.ReserveGeneration, quota.reserve)
    heard.answer(usage.GetUsage, quota.usage)
    heard.answer(usage.ListReservations, quota.reservations)
    heard.answer(usage.ShowQuota, quota.show)
    heard.answer(usage.CorrectQuota, quota.correct)
    heard.on(GenerationSettled, quota.settle)
    heard.on(usage.JobCosted, quota.keep_cost)
    heard.on(UserUpdated, quota.keep_zone)
    return heard
