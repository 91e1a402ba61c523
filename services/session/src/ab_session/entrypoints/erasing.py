"""What is heard about erasures."""

from __future__ import annotations

from ab_shared.contracts.privacy import ErasureRequested, UserErased
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.erase_user import EraseUser


def add_erasing(heard: Subscriptions, erase: EraseUser) -> None:
    """Adds both events; one at a time, for each keeps new sessions waiting for a moment."""
    heard.on(ErasureRequested, erase, prefetch=1)
    heard.on(UserErased, erase.again, prefetch=1)
