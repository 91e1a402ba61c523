"""What administrators may ask of the tts service."""

from __future__ import annotations

from ab_shared.contracts.inspecting import DiscardSpeech, InspectSpeech
from ab_shared.messaging.ports import Subscriptions

from ab_tts.usecases.inspect_objects import DiscardObjects, InspectObjects


def add_inspecting(heard: Subscriptions, look: InspectObjects, discard: DiscardObjects) -> None:
    """Answers them."""
    heard.answer(InspectSpeech, look)
    heard.answer(DiscardSpeech, discard)
