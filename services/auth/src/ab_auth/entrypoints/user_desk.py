"""What administrators ask of the auth service about users."""

from __future__ import annotations

from ab_shared.contracts.desk_stats import GetPeopleStats
from ab_shared.contracts.user_desk import RevokeUserTokens as Revoke
from ab_shared.messaging.ports import Subscriptions

from ab_auth.usecases.revoke_user_tokens import RevokeUserTokens
from ab_auth.usecases.tell_stats import TellStats


def hear_user_desk(
    heard: Subscriptions, revoke: RevokeUserTokens, stats: TellStats
) -> Subscriptions:
    """Adds it to what is heard already."""
    heard.answer(Revoke, revoke)
    heard.answer(GetPeopleStats, stats)
    return heard
