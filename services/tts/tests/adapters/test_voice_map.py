from __future__ import annotations

from pathlib import Path

import pytest
from ab_shared.contracts.voices import VOICES
from ab_shared.errors import SettingsInvalid
from ab_tts.adapters.cast import make_cast
from ab_tts.adapters.voice_map import read_map
from ab_tts.settings import TtsSettings
from pydantic import ValidationError

REQUIRED = {
    "rabbitmq_url": "amqp://a:b@c/d",
    "database_url": "postgresql://a:b@c/d",
    "aws_s3_speech_bucket_name": "speech",
    "content_address_key": "k" * 64,
}


def settings(**given: object) -> TtsSettings:
    return TtsSettings.model_validate(REQUIRED | given)


@pytest.mark.parametrize("vendor", ["elevenlabs", "openai"])
def test_every_voice_of_the_app_has_one_of_the_vendor(vendor: str) -> None:
    voices = read_map()[vendor]
    recipes = {voice.id: voices.recipe(vendor, "m", voice.id) for voice in VOICES}
    assert recipes["neutral"] == recipes["nova"] == voices.recipe(vendor, "m", "unheard-of")
    assert len({recipe.provider_voice for recipe in recipes.values()}) == len(VOICES) - 1
    one, other = recipes["nova"].performances
    assert (one.seed, one.speed, one.settings) != (other.seed, other.speed, other.settings)


@pytest.mark.parametrize(
    "text", ["[elevenlabs", "[elevenlabs]\nvoices = {}", "[openai]\nsynthesis_version = ''"]
)
def test_a_map_that_cannot_be_used_stops_the_service(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(SettingsInvalid):
        read_map(path)
    with pytest.raises(SettingsInvalid):
        read_map(tmp_path / "none.toml")


async def test_without_a_key_only_the_embedded_voices_speak() -> None:
    cast = make_cast(settings(), 4)
    assert (cast.speakers.name, cast.charging, cast.vendor_lines) == ("embedded", frozenset(), 0)
    await cast.aclose()


async def test_who_has_a_key_speaks_before_them() -> None:
    cast = make_cast(settings(elevenlabs_api_key="a-key", openai_api_key="another"), 4)
    offered = [cast.speakers.recipe_for("onyx"), *cast.speakers.instead("onyx")]
    assert [recipe.provider for recipe in offered] == ["elevenlabs", "openai", "embedded"]
    assert cast.speakers.replaceable == {"elevenlabs", "openai"}
    await cast.aclose()


async def test_the_order_is_a_setting() -> None:
    cast = make_cast(settings(openai_api_key="a-key", tts_providers=["embedded", "openai"]), 4)
    assert (cast.speakers.name, cast.speakers.replaceable) == ("embedded", {"embedded"})
    await cast.aclose()


@pytest.mark.parametrize("order", [["elevenlabs"], [], ["embedded", "embedded"], ["nobody"]])
def test_an_order_that_nobody_can_keep_is_refused(order: list[str]) -> None:
    with pytest.raises(ValidationError):
        settings(tts_providers=order)
