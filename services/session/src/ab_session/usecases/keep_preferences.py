"""Keeps how a listener likes to listen, and what they want to be shown."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from ab_shared.contracts.base import Empty
from ab_shared.contracts.preferences import (
    DEFAULT_BACKGROUND_ID,
    DEFAULT_VOICE,
    Preferences,
)
from ab_shared.contracts.selves import (
    CurationPreferences,
    GetCurationPreferences,
    GetPreferences,
    KeptCurationPreferences,
    KeptPreferences,
    SaveCurationPreferences,
    SavePreferences,
    tag_of,
)
from ab_shared.contracts.stems import known_background
from ab_shared.contracts.voices import VOICES_BY_ID
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock

from ab_session.domain.listener import CurationWishes
from ab_session.ports import Store

logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class KeepPreferences:
    """The last write stays, unless it says which preferences it has seen and those are gone."""

    store: Store
    clock: Clock

    async def get(self, request: GetPreferences) -> KeptPreferences:
        """The defaults for whoever saved none."""
        async with self.store.begin() as unit:
            kept = await unit.selves.preferences(request.user_id)
        return KeptPreferences(preferences=kept or Preferences())

    async def save(self, request: SavePreferences) -> KeptPreferences:
        """What was saved: an unknown voice is nova, an unknown background ocean.

        Raises:
            Conflict: ``only_if`` names others than those that are kept.
        """
        wanted = _playable(_speakable(request.preferences))
        at = self.clock()
        async with self.store.begin() as unit:
            if request.only_if is not None:
                kept = await unit.selves.hold_preferences(request.user_id, at)
                if tag_of(kept or Preferences()) != request.only_if:
                    raise Conflict("The preferences were changed elsewhere; read them again")
            await unit.selves.save_preferences(request.user_id, wanted, at)
        return KeptPreferences(preferences=wanted)

    async def get_curation(self, request: GetCurationPreferences) -> KeptCurationPreferences:
        """None where nothing was said."""
        async with self.store.begin() as unit:
            kept = await unit.selves.curation_preferences(request.user_id)
        if kept is None:
            return KeptCurationPreferences()
        said = CurationPreferences.model_validate(asdict(kept))
        return KeptCurationPreferences(preferences=said)

    async def save_curation(self, request: SaveCurationPreferences) -> Empty:
        """All three together: what is not said is forgotten."""
        wishes = CurationWishes(**request.preferences.model_dump())
        async with self.store.begin() as unit:
            await unit.selves.save_curation_preferences(request.user_id, wishes, self.clock())
        return Empty()


def _speakable(wanted: Preferences) -> Preferences:
    voice = wanted.voice_id.strip().lower()
    if voice in VOICES_BY_ID:
        return wanted.model_copy(update={"voice_id": voice})
    # What was asked for is the listener's own text; that it happened is all a log needs.
    logger.info("An unknown voice was preferred", extra={"instead": DEFAULT_VOICE})
    return wanted.model_copy(update={"voice_id": DEFAULT_VOICE})


def _playable(wanted: Preferences) -> Preferences:
    if known_background(wanted.background_id):
        return wanted
    instead = DEFAULT_BACKGROUND_ID
    logger.info("An unknown background was preferred", extra={"instead": instead})
    return wanted.model_copy(update={"background_id": instead})
