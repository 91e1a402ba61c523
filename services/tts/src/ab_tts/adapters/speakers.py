"""Everybody who can speak, each behind a guard of its own."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.speech import SpeechRecipe, Variant
from ab_shared.errors import PermanentError

from ab_tts.ports import RawSpeech, SpeechProvider


class Speakers:
    """Implements ``SpeechProvider``: a recipe is spoken by the provider it names.

    The first one gives the voices of the day; the others speak what was pinned to them.
    """

    def __init__(self, providers: Sequence[SpeechProvider]) -> None:
        self.name = providers[0].name
        self._first = providers[0]
        self._by_name = {provider.name: provider for provider in providers}

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The first provider's."""
        return self._first.recipe_for(voice_id)

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """As the provider of the recipe; PermanentError when it is not at work here."""
        provider = self._by_name.get(recipe.provider)
        if provider is None:
            raise PermanentError("This recipe is of a speech provider that is not at work")
        return await provider.synthesize(text, recipe, variant, deadline=deadline)
