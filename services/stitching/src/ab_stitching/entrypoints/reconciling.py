"""What operators may ask of the stitching service."""

from __future__ import annotations

from ab_shared.contracts.reconciling import CheckAudio, SweepAudio
from ab_shared.messaging.ports import Subscriptions

from ab_stitching.usecases.check_objects import CheckObjects
from ab_stitching.usecases.sweep_objects import SweepObjects


def add_reconciling(heard: Subscriptions, check: CheckObjects, sweep: SweepObjects) -> None:
    """Answers them."""
    heard.answer(CheckAudio, check)
    heard.answer(SweepAudio, sweep)
