"""What is heard about devices."""

from __future__ import annotations

from ab_shared.contracts import notices
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.keep_push_tokens import DropPushToken, ListPushTokens, RegisterPushToken


def add_noticing(
    heard: Subscriptions, register: RegisterPushToken, listed: ListPushTokens, drop: DropPushToken
) -> None:
    """Adds three requests."""
    heard.answer(notices.RegisterPushToken, register)
    heard.answer(notices.ListPushTokens, listed)
    heard.answer(notices.DropPushToken, drop)
