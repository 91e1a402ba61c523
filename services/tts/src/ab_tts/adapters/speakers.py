"""Everybody who can speak, each behind a guard of its own."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.speech import SpeechRecipe, Variant

from ab_tts.domain.errors import ProviderNotHere
from ab_tts.ports import RawSpeech, SpeechProvider


class Speakers:
    """Implements ``SpeechProvider``: a recipe is spoken by the provider it names.

    The first one gives the voices of the day, those that follow stand in for it in this order;
    ``retired`` ones speak only what was pinned to them.
    """

    def __init__(
        self, providers: Sequence[SpeechProvider], retired: Sequence[SpeechProvider] = ()
    ) -> None:
        self.name = providers[0].name
        self._first, *self._instead = providers
        self._by_name = {provider.name: provider for provider in (*retired, *providers)}

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The first provider's."""
        return self._first.recipe_for(voice_id)

    def instead(self, voice_id: str) -> tuple[SpeechRecipe, ...]:
        """Who else can speak as this voice."""
        return tuple(provider.recipe_for(voice_id) for provider in self._instead)

    @property
    def replaceable(self) -> frozenset[str]:
        """Providers that another one comes after."""
        names = [self.name, *(provider.name for provider in self._instead)]
        return frozenset(names[:-1])

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """As the provider of the recipe; ProviderNotHere when it is not at work."""
        provider = self._by_name.get(recipe.provider)
        if provider is None:
            raise ProviderNotHere("This recipe is of a speech provider that is not at work")
        return await provider.synthesize(text, recipe, variant, deadline=deadline)
