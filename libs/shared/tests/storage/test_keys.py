from __future__ import annotations

import pytest
from ab_shared.storage import keys

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
