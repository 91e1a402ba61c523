"""What is heard about erasures."""

from __future__ import annotations

from ab_shared.contracts.privacy import ErasureRequested, UserErased
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.erase_user import EraseUser


def hear_erasures(heard: Subscriptions, erase: EraseUser) -> Subscriptions:
    """Adds both events to what is heard already."""
    heard.on(ErasureRequested, erase)
    heard.on(UserErased, erase.again)
    return heard
