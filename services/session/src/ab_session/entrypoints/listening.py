"""What is heard about listening, about where listeners are, and what they are shown."""

from __future__ import annotations

from ab_shared.contracts.profiles import UserUpdated
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.keep_zone import KeepZone


def add_listening(heard: Subscriptions, zone: KeepZone) -> None:
    """Adds it to what the service hears."""
    heard.on(UserUpdated, zone)
