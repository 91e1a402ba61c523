"""What operators may ask of the tts service."""

from __future__ import annotations

from ab_shared.contracts.reconciling import CheckSpeech, SweepSpeech
from ab_shared.messaging.ports import Subscriptions

from ab_tts.usecases.check_objects import CheckObjects
from ab_tts.usecases.sweep_objects import SweepObjects


def add_reconciling(heard: Subscriptions, check: CheckObjects, sweep: SweepObjects) -> None:
    """Answers them."""
    heard.answer(CheckSpeech, check)
    heard.answer(SweepSpeech, sweep)
