"""What administrators may ask of the stitching service."""

from __future__ import annotations

from ab_shared.contracts.inspecting import DiscardAudio, InspectAudio
from ab_shared.messaging.ports import Subscriptions

from ab_stitching.usecases.inspect_objects import DiscardObjects, InspectObjects


def add_inspecting(heard: Subscriptions, look: InspectObjects, discard: DiscardObjects) -> None:
    """Answers them."""
    heard.answer(InspectAudio, look)
    heard.answer(DiscardAudio, discard)
