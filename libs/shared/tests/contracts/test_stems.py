from __future__ import annotations

import pytest
from ab_shared.contracts.stems import (
    DEFAULT_BACKGROUND,
    STEMS,
    StemKind,
    background_stem,
    binaural_stem,
    known_background,
    solfeggio_stem,
    stem_with_id,
    stems_of,
)

# The names that installed phones look for, as product and app agreed on them.
FILES = (
    "delta_1hz_100 delta_2hz_120 delta_3hz_400 delta_4hz_400 theta_4hz_400 theta_7hz_400 "
    "theta_8hz_120 alpha_10hz_400 alpha_12hz_120 smr_13.5hz_400 beta_13hz_400 "
    "beta_low_17hz_400 beta_20hz_120 beta_high_21.5hz_400 gamma_38hz_100 gamma_40hz_120 "
    "gamma_42hz_400 solfeggio_40 solfeggio_174 solfeggio_285 solfeggio_396 solfeggio_417 "
    "solfeggio_432 solfeggio_528 solfeggio_639 solfeggio_741 solfeggio_852 solfeggio_963"
)
BACKGROUNDS = (
    "Babbling Brook,Birds Chirping,Distant Ocean,Evening Walk,Forest Rain,Heavy Rain,"
    "Regeneration,Storm,Thunder,Tibetan Om"
)


def test_the_file_names_are_those_the_app_knows() -> None:
    brain_layers = [f"{name}_3min.m4a" for name in FILES.split()]
    backgrounds = [f"{name}.m4a" for name in BACKGROUNDS.split(",")]
    assert [stem.file_name for stem in STEMS] == brain_layers + backgrounds


def test_ids_are_unique_and_found_again() -> None:
    assert len({stem.stem_id for stem in STEMS}) == len(STEMS) == 38
    assert all(stem_with_id(stem.stem_id) is stem for stem in STEMS)
    assert stem_with_id("nothing") is None
    assert [len(stems_of(kind)) for kind in StemKind] == [17, 11, 10]


@pytest.mark.parametrize(
    ("beat", "state"),
    [(17, "Beta"), (7, "Theta"), (13.5, "SMR"), (3, "Delta"), (12, "Alpha"), (10, "Alpha")],
)
def test_every_goal_has_its_stem(beat: float, state: str) -> None:
    stem = binaural_stem(beat)
    assert stem is not None
    assert (stem.hz, stem.brainwave_state) == (beat, state)


def test_the_beat_that_two_states_share_goes_to_the_one_asked_for() -> None:
    delta, theta, either = binaural_stem(4, "Delta"), binaural_stem(4, "Theta"), binaural_stem(4)
    assert delta is not None
    assert delta.stem_id == "delta_4hz_400"
    assert theta is either is stem_with_id("theta_4hz_400")


def test_a_frequency_without_a_stem_has_none() -> None:
    assert binaural_stem(11) is None
    assert solfeggio_stem(500) is None


@pytest.mark.parametrize("hz", [40, 174, 285, 396, 417, 432, 528, 639, 741, 852, 963])
def test_every_solfeggio_tone_has_its_stem(hz: int) -> None:
    stem = solfeggio_stem(hz)
    assert stem is not None
    assert stem.hz == hz


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ocean", "distant-ocean"),
        ("Distant Ocean", "distant-ocean"),
        ("HEAVY_RAIN", "heavy-rain"),
        ("Tibetan Om.m4a", "tibetan-om"),
        ("babbling-brook", "babbling-brook"),
    ],
)
def test_a_background_answers_to_its_names(said: str, meant: str) -> None:
    assert background_stem(said).stem_id == meant


@pytest.mark.parametrize("unknown", ["", None, "waterfall", "alpha_10hz_400"])
def test_any_other_background_is_the_brook(unknown: str | None) -> None:
    assert background_stem(unknown) is DEFAULT_BACKGROUND
    assert known_background(unknown or "") is None
