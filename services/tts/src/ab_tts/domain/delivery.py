"""How a line is delivered: who speaks and with what melody, and its form inside a recipe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from ab_shared.contracts.speech import Setting
from ab_shared.errors import PermanentError

WIDEST = 24.0
"""No setting of a sane delivery lies beyond two octaves or as many decibels."""


@dataclass(frozen=True, slots=True)
class VoiceShape:
    """How a speaker differs from the model's own voice."""

    pitch: float = 1.0
    """Factor on the fundamental frequency."""
    formant: float = 1.0
    """Factor on the resonances: below 1 a longer vocal tract."""
    tilt_db: float = 0.0
    """Decibels per octave around 1 kHz: below 0 darker."""
    breath: float = 1.0
    """Above 1 breathier, below 1 firmer."""


@dataclass(frozen=True, slots=True)
class Intonation:
    """What happens to the melody that the model proposes; semitones unless said otherwise."""

    liveliness: float = 1.0
    """Factor on the distance from the line's median pitch."""
    lift: float = 0.0
    """Added throughout."""
    fall: float = 0.0
    """How much further the pitch sinks from the first frame to the last."""
    sway: float = 0.0
    """Depth of two slow waves whose phases follow from the seed and the text."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A performance's settings, read."""

    intonation: Intonation
    shape: VoiceShape | None
    """Nothing where the model's own voice speaks."""


def settings_of(intonation: Intonation, shape: VoiceShape | None) -> dict[str, Setting]:
    """The settings of a recipe that ask for this delivery."""
    return {**asdict(intonation), **(asdict(shape) if shape else {})}


def delivery_in(settings: Mapping[str, Setting]) -> Delivery:
    """The delivery that settings ask for; ``PermanentError`` where they make no sense."""
    shaped = "pitch" in settings
    delivery = Delivery(
        intonation=Intonation(**_numbers(settings, Intonation)),
        shape=VoiceShape(**_numbers(settings, VoiceShape)) if shaped else None,
    )
    shape = delivery.shape
    if shape and min(shape.pitch, shape.formant, shape.breath) <= 0:
        raise PermanentError("A voice's factors must be above zero.")
    return delivery


def _numbers(
    settings: Mapping[str, Setting], kind: type[VoiceShape | Intonation]
) -> dict[str, float]:
    found = {field.name: settings[field.name] for field in fields(kind) if field.name in settings}
    numbers = {name: value for name, value in found.items() if isinstance(value, int | float)}
    if numbers.keys() != found.keys() or not all(
        math.isfinite(value) and abs(value) <= WIDEST for value in numbers.values()
    ):
        raise PermanentError("A recipe's settings hold something that is no usable number.")
    return numbers
