from __future__ import annotations

import pytest
from ab_shared.storage import keys
from hypothesis import given
from hypothesis import strategies as st

ADDRESS = "ab" + "0" * 62


def test_keys_are_what_other_services_expect() -> None:
    assert keys.speech_key(ADDRESS) == f"speech/ab/{ADDRESS}"
    assert keys.prepared_key(ADDRESS) == f"prepared/ab/{ADDRESS}.abpr"
    assert keys.track_key(ADDRESS) == f"tracks/{ADDRESS}/affirmations.m4a"
    assert keys.stem_key(ADDRESS, "Babbling Brook.m4a") == f"stems/{ADDRESS}/Babbling Brook.m4a"


@pytest.mark.parametrize("address", ["", "ab", ADDRESS.upper(), ADDRESS + "\n", "../" + ADDRESS])
def test_only_addresses_make_keys(address: str) -> None:
    for make in (keys.speech_key, keys.prepared_key, keys.track_key):
        with pytest.raises(ValueError, match="hex digits"):
            make(address)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x.m4a", ".hidden", "a\n", "a?b", "é"])
def test_only_plain_file_names_make_keys(name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        keys.stem_key(ADDRESS, name)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Calm evening", "Calm evening.m4a"),
        ("Café / naïve", "Cafe naive.m4a"),
        ("../../etc/passwd", "etc passwd.m4a"),
        ("静けさ", "mixdown.m4a"),
        ("... ", "mixdown.m4a"),
        ("a" * 300, "a" * 80 + ".m4a"),
        ("x" * 79 + " y", "x" * 79 + ".m4a"),
    ],
)
def test_a_title_becomes_a_file_name_that_makes_a_key(title: str, name: str) -> None:
    assert keys.safe_file_name(title, "mixdown", ".m4a") == name
    assert keys.mixdown_key(ADDRESS, name) == f"mixdowns/{ADDRESS}/{name}"


@given(st.text(max_size=200))
def test_any_title_becomes_a_key(title: str) -> None:
    assert keys.mixdown_key(ADDRESS, keys.safe_file_name(title, "mixdown", ".mp3"))
