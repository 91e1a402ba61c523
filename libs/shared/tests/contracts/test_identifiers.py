"""Content addresses name what is heard: all of it, and nothing that is not."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from ab_shared.contracts.identifiers import (
    job_id_for,
    prepared_address,
    session_id_for,
    speech_address,
    track_address,
)
from ab_shared.contracts.speech import Performance, SpeechRecipe
from hypothesis import assume, given
from hypothesis import strategies as st

KEY, OTHER_KEY = b"key of this deployment", b"key of another"
LINE = "I rest."
READS = (
    Performance(variant=1, seed=7, speed=0.9, settings={"pitch": 1.0, "style": "calm"}),
    Performance(variant=2, seed=8, speed=0.8),
)
RECIPE = SpeechRecipe(
    provider="embedded",
    provider_voice="amy",
    model="vits",
    synthesis_version="1",
    performances=READS,
)
words = st.text(min_size=1, max_size=40)
keys = st.binary(min_size=1, max_size=64)


def reading(**change: object) -> SpeechRecipe:
    """The recipe with something else about its first read."""
    return RECIPE.model_copy(
        update={"performances": (READS[0].model_copy(update=change), READS[1])}
    )


def test_an_address_stays_what_it_was() -> None:
    """Objects stored under these names by an earlier release must be found again."""
    speech = speech_address(KEY, LINE, RECIPE, 1)
    prepared = prepared_address(KEY, speech, "1")
    assert speech == "da87f444a1ea717f97a3e53086e20417c4219c63795be547147e7fe163e8a46f"
    assert prepared == "86d339704a5d96fde18798599dfa0c1f03d99c858711744683a7683514487735"
    assert (
        track_address(KEY, [prepared, prepared])
        == "eb90a12310d7305067da6be68b485a414cad0942a980f736a80fd10fc804f515"
    )
    assert session_id_for("user", "key") == UUID("dd8af386-18ef-576c-83d5-a8107b6e7bf6")
    assert job_id_for(UUID(int=1), 1) == UUID("27b5ead9-4405-5d99-8ee7-e0f215de6e5a")


@given(keys, words, st.sampled_from([1, 2]))
def test_the_same_is_the_same(key: bytes, text: str, variant: int) -> None:
    again = SpeechRecipe.model_validate_json(RECIPE.model_dump_json())
    address = speech_address(key, text, RECIPE, variant)
    assert address == speech_address(key, text, again, variant)
    assert re.fullmatch(r"[0-9a-f]{64}", address)


@given(words, words)
def test_another_text_is_another_address(one: str, other: str) -> None:
    assume(one != other)
    assert speech_address(KEY, one, RECIPE, 1) != speech_address(KEY, other, RECIPE, 1)


@pytest.mark.parametrize(
    "changed",
    [
        *(
            RECIPE.model_copy(update={name: "another"})
            for name in ("provider", "provider_voice", "model", "synthesis_version")
        ),
        reading(seed=9),
        reading(speed=0.91),
        reading(variant=2),
        reading(settings={"pitch": 1.1, "style": "calm"}),
        reading(settings={"pitch": 1.0}),
        reading(settings={}),
    ],
)
def test_any_other_way_to_speak_is_another_address(changed: SpeechRecipe) -> None:
    assert speech_address(KEY, LINE, changed, 1) != speech_address(KEY, LINE, RECIPE, 1)


def test_the_order_of_settings_does_not_count() -> None:
    turned = reading(settings={"style": "calm", "pitch": 1.0})
    assert speech_address(KEY, LINE, turned, 1) == speech_address(KEY, LINE, RECIPE, 1)


def test_the_two_reads_of_a_line_are_two() -> None:
    assert speech_address(KEY, LINE, RECIPE, 1) != speech_address(KEY, LINE, RECIPE, 2)


def test_the_other_read_does_not_count() -> None:
    """Another second read must not buy the first one again."""
    assert speech_address(KEY, LINE, reading(seed=9), 2) == speech_address(KEY, LINE, RECIPE, 2)


@given(keys, keys)
def test_another_key_is_another_address(one: bytes, other: bytes) -> None:
    # RFC 2104 fills a key up with zeros to a block of 64 bytes: k and k + 0 are one key.
    assume(one.ljust(64, b"\0") != other.ljust(64, b"\0"))
    assert speech_address(one, LINE, RECIPE, 1) != speech_address(other, LINE, RECIPE, 1)
    assert prepared_address(one, "a", "1") != prepared_address(other, "a", "1")
    assert track_address(one, ["a"]) != track_address(other, ["a"])


@given(words, words)
def test_kinds_are_keyed_apart(speech: str, version: str) -> None:
    """A track of two reads named like a speech and a profile is not that prepared read."""
    assert prepared_address(KEY, speech, version) != track_address(KEY, [speech, version])


@given(st.tuples(words, words), st.tuples(words, words))
def test_another_speech_or_profile_is_another_read(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assume(one != other)
    assert prepared_address(KEY, *one) != prepared_address(KEY, *other)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_another_sequence_is_another_track(one: list[str], other: list[str]) -> None:
    assert (track_address(KEY, one) == track_address(KEY, other)) == (one == other)


@given(words, words, words, words)
def test_asking_again_names_the_same_session(
    user: str, key: str, other_user: str, other_key: str
) -> None:
    session = session_id_for(user, key)
    assert session == session_id_for(user, key)
    assert session.version == 5
    # A line feed in neither: users and keys are checked before they come here.
    assume("\n" not in user + key + other_user + other_key)
    same = (user, key) == (other_user, other_key)
    assert (session == session_id_for(other_user, other_key)) == same


@given(st.uuids(), st.uuids(), st.integers(1, 99), st.integers(1, 99))
def test_every_attempt_at_a_session_is_a_job_of_its_own(
    one: UUID, other: UUID, first: int, second: int
) -> None:
    same = (one, first) == (other, second)
    assert (job_id_for(one, first) == job_id_for(other, second)) == same
    assert job_id_for(one, first) != one
