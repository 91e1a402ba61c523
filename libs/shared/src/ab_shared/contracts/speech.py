"""How a line is to be spoken: everything that decides what raw speech sounds like."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ab_shared.contracts.base import Contract

Variant = Literal[1, 2]
Setting = str | int | float | bool


class Performance(Contract):
    """One of the two ways a line is read."""

    variant: Variant
    seed: int = Field(ge=0)
    speed: float = Field(gt=0, le=4)
    settings: dict[str, Setting] = Field(default_factory=dict)


class SpeechRecipe(Contract):
    """A voice of a provider, fixed: the same recipe always gives the same speech."""

    provider: str = Field(min_length=1)
    provider_voice: str = Field(min_length=1)
    model: str = Field(min_length=1)
    synthesis_version: str = Field(min_length=1)
    performances: tuple[Performance, Performance]
    instead_of: str | None = None
    """The provider that was to speak and could not; no part of any address."""

    def performance(self, variant: Variant) -> Performance:
        """The performance for read 1 or read 2."""
        return self.performances[variant - 1]


class WordSpan(Contract):
    """A word of a line: characters ``first`` up to ``last``, and when it is spoken."""

    first: int = Field(ge=0)
    last: int = Field(ge=1)
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)


class VoiceOffer(Contract):
    """A voice id of the app and the recipe that speaks it today."""

    voice_id: str
    title: str
    description: str
    recipe: SpeechRecipe
    instead: tuple[SpeechRecipe, ...] = ()
    """Who else could speak a whole track, in this order, when the recipe's provider cannot."""
