"""Who comes for what, and what a file may say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from ab_client.load.deeds import DEEDS as DONE
from ab_client.load.mix import DEEDS, PROFILES, Mix, named
from ab_client.load.phrases import phrases
from ab_shared.contracts.http import DraftSession
from pydantic import ValidationError

VISITS = 20_000


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_what_it_says_in_the_long_run(profile: str) -> None:
    mix, random = PROFILES[profile], Random(5)
    came = Counter(mix.choose(random) for _ in range(VISITS))
    assert came.keys() == mix.fractions.keys()
    for deed, fraction in mix.fractions.items():
        assert came[deed] / VISITS == pytest.approx(fraction, abs=0.015)


def test_everything_a_mix_can_name_can_be_done() -> None:
    assert DONE.keys() == set(DEEDS)


def test_an_evening_is_mostly_listening_and_browsing_changes_nothing() -> None:
    evening, browse = PROFILES["evening"].fractions, PROFILES["browse"].fractions
    assert evening["bundle"] + evening["listen"] > 0.5
    assert not browse.keys() & {"create", "create_seen", "edit", "sign_up", "listen"}
    assert not PROFILES["launch"].needs_people
    assert PROFILES["evening"].needs_tracks
    assert not PROFILES["browse"].needs_tracks


def test_a_mix_of_ones_own_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text("least_lines = 12\nmost_lines = 12\n[shares]\nbundle = 3\ncreate = 1\n")
    assert named(str(file)) == Mix(shares={"bundle": 3, "create": 1}, least_lines=12, most_lines=12)
    assert named(str(file)).fractions == {"bundle": 0.75, "create": 0.25}


@pytest.mark.parametrize(
    "told",
    [
        "[shares]\ndance = 1",
        "[shares]\nbundle = 0",
        "[shares]\nbundle = -1",
        "least_lines = 9\nmost_lines = 3\n[shares]\nlist = 1",
        "most_lines = 90\n[shares]\nlist = 1",
        "shares = 3",
        "",
    ],
)
def test_what_is_no_mix_is_refused(tmp_path: Path, told: str) -> None:
    file = tmp_path / "mix.toml"
    file.write_text(told)
    with pytest.raises(ValidationError):
        named(str(file))


def test_lines_are_new_and_such_as_the_api_takes() -> None:
    random = Random(7)
    lines = [line for _ in range(1_000) for line in phrases(random, 6)]
    assert len(set(lines)) > 0.98 * len(lines)
    draft = DraftSession(title="t", affirmations=lines[:12], voice_id="nova")
    assert draft.affirmations == lines[:12]
    assert phrases(Random(1), 3) == phrases(Random(1), 3)
