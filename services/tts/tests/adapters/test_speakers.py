"""A recipe is spoken by the provider it names, whoever gives the voices of the day."""

from __future__ import annotations

import pytest
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import PermanentError
from ab_tts.adapters.speakers import Speakers
from ab_tts.ports import RawSpeech


def recipe_of(provider: str) -> SpeechRecipe:
    performances = (
        Performance(variant=1, seed=1, speed=0.8),
        Performance(variant=2, seed=2, speed=0.77),
    )
    return SpeechRecipe(
        provider=provider,
        provider_voice="one",
        model="m",
        synthesis_version="1",
        performances=performances,
    )


class Provider:
    def __init__(self, name: str) -> None:
        self.name = name

    def recipe_for(self, _voice_id: str) -> SpeechRecipe:
        return recipe_of(self.name)

    async def synthesize(
        self, _text: str, _recipe: SpeechRecipe, _variant: Variant, *, deadline: float
    ) -> RawSpeech:
        return RawSpeech(self.name.encode(), "audio/wav", round(deadline), 6)


async def test_each_provider_speaks_its_own_recipes() -> None:
    speakers = Speakers([Provider("today")], retired=[Provider("yesterday")])
    assert (speakers.name, speakers.recipe_for("nova")) == ("today", recipe_of("today"))
    for name in ("today", "yesterday"):
        speech = await speakers.synthesize("I rest", recipe_of(name), 1, deadline=9)
        assert speech.audio == name.encode()
    with pytest.raises(PermanentError):
        await speakers.synthesize("I rest", recipe_of("nobody"), 1, deadline=9)


def test_those_behind_the_first_stand_in_for_it_in_their_order() -> None:
    names = ("first", "second", "third")
    speakers = Speakers([Provider(name) for name in names], retired=[Provider("old")])
    assert speakers.instead("nova") == (recipe_of("second"), recipe_of("third"))
    assert speakers.replaceable == {"first", "second"}
