"""How a listener likes to listen, and how every older way of saying so becomes the newest one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from pydantic import Field

from ab_shared.contracts.base import Contract
from ab_shared.contracts.rpc import Mix
from ab_shared.contracts.writing import VoiceName

SCHEMA_VERSION: Final = 3
Pace = Literal["slow", "normal", "fast"]
DEFAULT_VOICE = "nova"
DEFAULT_BACKGROUND_ID = "ocean"
DEFAULT_SPACING_MS = 4000
DEFAULT_BINAURAL_HZ = 10.0
# What a phone can hold: numbers are doubles there.
MOST = 2**53 - 1
LONGEST_NAME = 64
_PACES = get_args(Pace)


class Preferences(Contract):
    """PreferencesV3; the pace is kept for the app, every track is read slowly."""

    schema_version: Literal[3] = SCHEMA_VERSION
    voice_id: VoiceName = DEFAULT_VOICE
    pace: Pace = "slow"
    affirmation_spacing_ms: int = Field(default=DEFAULT_SPACING_MS, ge=0, le=MOST)
    binaural_hz: float = Field(default=DEFAULT_BINAURAL_HZ, ge=1, le=MOST)
    background_id: VoiceName = DEFAULT_BACKGROUND_ID
    mix: Mix = Mix()
    loop_background: bool = True
    loop_binaural: bool = True


def migrated(raw: object) -> Preferences:
    """Preferences out of any version's shape, in its wire names.

    What is missing, of another kind or out of its bounds is the default; unknown names are left
    out. Never fails, and what it gave is given back unchanged.
    """
    said = raw if isinstance(raw, Mapping) else {}
    mix = said.get("mix")
    plain = Preferences()
    return Preferences(
        voice_id=_name(said.get("voiceId"), plain.voice_id),
        pace=next((pace for pace in _PACES if pace == said.get("pace")), plain.pace),
        affirmation_spacing_ms=int(_number(said.get("affirmationSpacingMs"), 0, MOST, 4000)),
        binaural_hz=_number(said.get("binauralHz"), 1, MOST, plain.binaural_hz),
        background_id=_name(said.get("backgroundId"), plain.background_id),
        mix=_mix(mix if isinstance(mix, Mapping) else {}),
        loop_background=_switch(said.get("loopBackground")),
        loop_binaural=_switch(said.get("loopBinaural")),
    )


def on_the_wire(preferences: Preferences) -> dict[str, Any]:
    """PreferencesV3 under its wire names, as ``migrated`` takes it."""
    return {
        "schemaVersion": preferences.schema_version,
        "voiceId": preferences.voice_id,
        "pace": preferences.pace,
        "affirmationSpacingMs": preferences.affirmation_spacing_ms,
        "binauralHz": preferences.binaural_hz,
        "backgroundId": preferences.background_id,
        "mix": preferences.mix.model_dump(),
        "loopBackground": preferences.loop_background,
        "loopBinaural": preferences.loop_binaural,
    }


def _mix(said: Mapping[Any, object]) -> Mix:
    plain = Mix()
    return Mix(
        affirmations=_number(said.get("affirmations"), 0, 1, plain.affirmations),
        binaural=_number(said.get("binaural"), 0, 1, plain.binaural),
        background=_number(said.get("background"), 0, 1, plain.background),
    )


def _number(said: object, least: float, most: float, otherwise: float) -> float:
    # True is a number to Python only.
    if isinstance(said, bool) or not isinstance(said, (int, float)):
        return otherwise
    if not least <= said <= most or (isinstance(said, float) and math.isnan(said)):
        return otherwise
    return float(said)


def _switch(said: object) -> bool:
    return said if isinstance(said, bool) else True


def _name(said: object, otherwise: str) -> str:
    if not isinstance(said, str) or not 1 <= len(said) <= LONGEST_NAME:
        return otherwise
    return said if said.isprintable() else otherwise
