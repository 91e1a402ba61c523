"""What operators may ask of the session service about sounds."""

from __future__ import annotations

from ab_shared.contracts import reconciling
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.forget_sounds import ForgetSounds
from ab_session.usecases.list_sounds import ListSounds


def add_reconciling(heard: Subscriptions, known: ListSounds, forget: ForgetSounds) -> None:
    """Answers them."""
    heard.answer(reconciling.ListSounds, known)
    heard.answer(reconciling.ForgetSounds, forget)
