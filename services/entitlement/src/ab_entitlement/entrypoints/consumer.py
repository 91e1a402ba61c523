"""What the entitlement service hears, and the use case each message goes to."""

from __future__ import annotations

from ab_shared.contracts import rpc
from ab_shared.contracts.events import GenerationSettled
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration


def subscriptions(
    get: GetEntitlement, reserve: ReserveGeneration, settle: SettleGeneration
) -> Subscriptions:
    """Everything this service listens to."""
    heard = Subscriptions()
    heard.answer(rpc.GetEntitlement, get)
    heard.answer(rpc.ReserveGeneration, reserve)
    heard.on(GenerationSettled, settle)
    return heard
