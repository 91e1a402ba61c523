from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from ab_shared.contracts.voices import VOICES
from ab_shared.errors import SettingsInvalid
from ab_tts.adapters.cast import make_cast
from ab_tts.adapters.voice_map import read_map
from ab_tts.domain.metering import price_micros
from ab_tts.settings import TtsSettings
from hypothesis import given
from hypothesis import strategies as st
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


async def test_a_key_alone_makes_no_vendor_speak(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="ab.tts"):
        cast = make_cast(settings(elevenlabs_api_key="a-key", openai_api_key="another"), 4)
    assert (cast.speakers.name, cast.charging) == ("embedded", frozenset())
    silent = [row for row in caplog.records if row.msg == "Keys of vendors that do not speak"]
    assert [row.__dict__["providers"] for row in silent] == [["elevenlabs", "openai"]]
    await cast.aclose()


async def test_whoever_is_named_speaks_in_this_order() -> None:
    keys = {"elevenlabs_api_key": "a-key", "openai_api_key": "another"}
    order = ["elevenlabs", "openai", "embedded"]
    cast = make_cast(settings(**keys, tts_providers=order), 4)
    offered = [cast.speakers.recipe_for("onyx"), *cast.speakers.instead("onyx")]
    assert [recipe.provider for recipe in offered] == order
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


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://a.b", "https://", "https://me:key@a.b/v1"])
@pytest.mark.parametrize("vendor", ["elevenlabs", "openai"])
def test_an_address_that_leads_nowhere_is_refused(vendor: str, url: str) -> None:
    with pytest.raises(ValidationError):
        settings(**{f"{vendor}_base_url": url})


@pytest.mark.parametrize("price", ["nan", "inf", "-1.0", "-inf"])
def test_a_price_that_nobody_asks_is_refused(tmp_path: Path, price: str) -> None:
    shipped = (files("ab_tts") / "vendor_voices.toml").read_text(encoding="utf-8")
    path = tmp_path / "map.toml"
    path.write_text(shipped.replace("default = 15.0", f"default = {price}"))
    with pytest.raises(SettingsInvalid):
        read_map(path)


@given(price=st.floats(0, 1e6), characters=st.integers(0, 10_000))
def test_what_a_call_costs_is_a_whole_number(price: float, characters: int) -> None:
    micros = price_micros({"default": price}, "m", characters)
    assert isinstance(micros, int)
    assert abs(micros - price * characters) <= 0.5
