"""What is heard about writing affirmations."""

from __future__ import annotations

from ab_shared.contracts import affirmations
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.write_affirmations import WriteAffirmations


def add_writing(heard: Subscriptions, write: WriteAffirmations) -> None:
    """Adds it to what the service hears."""
    heard.answer(affirmations.WriteAffirmations, write)
