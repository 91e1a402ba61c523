"""What administrators ask of the entitlement service at a glance."""

from __future__ import annotations

from ab_shared.contracts.desk_stats import GetSpendingStats
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.tell_stats import TellStats


def hear_stats(heard: Subscriptions, stats: TellStats) -> Subscriptions:
    """Adds it to what the service hears."""
    heard.answer(GetSpendingStats, stats)
    return heard
