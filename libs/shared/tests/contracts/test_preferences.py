"""Whatever was stored or sent as preferences becomes version 3, and stays what it became."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ab_shared.contracts.http_selves import PreferencesIn, PreferencesV3
from ab_shared.contracts.preferences import Preferences, migrated, on_the_wire
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

DEFAULTS = {
    "schemaVersion": 3,
    "voiceId": "nova",
    "pace": "slow",
    "affirmationSpacingMs": 4000,
    "binauralHz": 10.0,
    "backgroundId": "ocean",
    "mix": {"affirmations": 1.0, "binaural": 0.05, "background": 0.3},
    "loopBackground": True,
    "loopBinaural": True,
}
NAMES = st.sampled_from([*DEFAULTS, "voice", "fadeOut"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.text(max_size=80),
    st.sampled_from(["slow", "normal", "fast", "onyx", 3, 1, 0.5]),
)
MIXES = st.dictionaries(
    st.sampled_from(["affirmations", "binaural", "background", "voice"]), SCALARS
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
SHAPES = st.one_of(ANYTHING, st.dictionaries(NAMES, st.one_of(SCALARS, MIXES, ANYTHING)))


@given(SHAPES)
def test_migration_is_total_and_gives_what_the_wire_allows(raw: object) -> None:
    made = on_the_wire(migrated(raw))
    assert PreferencesV3.model_validate(made).model_dump(mode="json") == made
    assert PreferencesIn.model_validate(made).model_dump(mode="json") == made


@given(SHAPES)
def test_migration_is_idempotent(raw: object) -> None:
    once = migrated(raw)
    assert migrated(on_the_wire(once)) == once
    assert migrated(json.loads(json.dumps(on_the_wire(once)))) == once


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "voiceId": st.sampled_from(["nova", "onyx", "a voice of next year"]),
            "pace": st.sampled_from(["slow", "normal", "fast"]),
            "affirmationSpacingMs": st.integers(0, 2**53 - 1),
            "binauralHz": st.floats(1, 1000),
            "backgroundId": st.sampled_from(["ocean", "Forest Rain"]),
            "loopBackground": st.booleans(),
            "loopBinaural": st.booleans(),
            "mix": st.fixed_dictionaries({"binaural": st.floats(0, 1)}),
        },
    )
)
def test_what_is_right_is_kept_and_what_is_missing_is_the_default(said: dict[str, Any]) -> None:
    kept = on_the_wire(migrated(said))
    mix = {**DEFAULTS["mix"], **said.get("mix", {})}
    assert kept == {**DEFAULTS, **said, "mix": mix}


def test_nothing_at_all_becomes_the_defaults() -> None:
    assert on_the_wire(migrated(None)) == DEFAULTS
    assert on_the_wire(Preferences()) == DEFAULTS


@pytest.mark.parametrize(
    "wrong",
    [
        {"schemaVersion": 3, "mix": {"affirmations": 1.1}},
        {"mix": {"binaural": -0.1}},
        {"pace": "warp"},
        {"affirmationSpacingMs": -1},
        {"affirmationSpacingMs": 0.5},
        {"binauralHz": 0.5},
        {"loopBackground": "yes"},
        {"voiceId": ""},
        {"voiceId": "n" * 65},
        {"mix": 1},
        {"schemaVersion": 0},
        [],
        "slow",
    ],
)
def test_the_newest_version_is_refused_where_it_is_wrong(wrong: object) -> None:
    with pytest.raises(ValidationError):
        PreferencesIn.model_validate_json(json.dumps(wrong))


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_version_is_never_refused(version: int) -> None:
    said = {"schemaVersion": version, "pace": "medium", "voiceId": "onyx", "mix": {"binaural": 7}}
    taken = PreferencesIn.model_validate_json(json.dumps(said))
    assert taken.model_dump(mode="json") == {**DEFAULTS, "voiceId": "onyx"}
