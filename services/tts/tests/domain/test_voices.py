from __future__ import annotations

from hashlib import sha256

import pytest
from ab_shared.contracts.speech import SpeechRecipe
from ab_shared.contracts.voices import VOICES_BY_ID
from ab_shared.errors import PermanentError
from ab_tts.domain.delivery import Intonation, VoiceShape, delivery_in, settings_of
from ab_tts.domain.voices import SPEAKERS, SYNTHESIS_VERSION, is_known, recipe

# A voice is the same person for ever: a change here needs a new SYNTHESIS_VERSION.
EMBEDDED_2 = {
    "nova": "44964bf2c39c1fc9",
    "alloy": "a23cd467bc384692",
    "shimmer": "832fbdacf1a7dae1",
    "onyx": "56d51fb4717a6ce8",
    "echo": "345a241d96c02822",
    "fable": "f5a4a8235357bef5",
}


def fingerprint(found: SpeechRecipe) -> str:
    sound = found.model_dump_json(exclude={"instead_of"})
    return sha256(sound.encode()).hexdigest()[:16]


@pytest.mark.parametrize("voice_id", sorted(SPEAKERS))
def test_a_voice_stays_the_same_person(voice_id: str) -> None:
    assert SYNTHESIS_VERSION == "embedded-2"
    assert fingerprint(recipe(voice_id)) == EMBEDDED_2[voice_id]


def test_every_voice_of_the_app_has_a_speaker_of_its_own() -> None:
    assert {*SPEAKERS, "neutral"} == set(VOICES_BY_ID)
    assert len({fingerprint(recipe(voice_id)) for voice_id in SPEAKERS}) == len(SPEAKERS) == 6
    assert is_known("neutral")
    assert recipe("neutral") == recipe("nova")


@pytest.mark.parametrize("voice_id", ["", "NOVA", "ash", "a" * 10_000, "\x00"])
def test_an_unknown_voice_speaks_as_nova(voice_id: str) -> None:
    assert not is_known(voice_id)
    assert recipe(voice_id) == recipe("nova")


@pytest.mark.parametrize("voice_id", sorted(SPEAKERS))
def test_the_second_performance_differs_in_pace_melody_and_seed(voice_id: str) -> None:
    first, second = recipe(voice_id).performances
    assert (first.variant, second.variant) == (1, 2)
    assert second.speed < first.speed <= 0.85
    assert first.seed != second.seed
    assert first.settings != second.settings


@pytest.mark.parametrize("shape", [None, VoiceShape(0.5, 0.9, -1.0, 1.2)])
def test_settings_carry_a_delivery_there_and_back(shape: VoiceShape | None) -> None:
    intonation = Intonation(1.1, -2.0, 0.5, 0.25)
    delivery = delivery_in(settings_of(intonation, shape))
    assert (delivery.intonation, delivery.shape) == (intonation, shape)


@pytest.mark.parametrize(
    "settings",
    [{"pitch": 0}, {"pitch": "high"}, {"lift": float("nan")}, {"sway": 1e9}, {"pitch": -1.0}],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float | str]) -> None:
    with pytest.raises(PermanentError):
        delivery_in(settings)
