"""What the auth service hears about profiles."""

from __future__ import annotations

from ab_shared.contracts import profiles
from ab_shared.messaging.ports import Subscriptions

from ab_auth.usecases.update_profile import UpdateProfile


def hear_profiles(heard: Subscriptions, update: UpdateProfile) -> Subscriptions:
    """Adds it to what is heard already."""
    heard.answer(profiles.UpdateProfile, update)
    return heard
