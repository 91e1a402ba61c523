from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ab_stitching.domain.activity import Voice
from ab_stitching.domain.errors import PreparedReadDamaged, PreparedReadStale
from ab_stitching.domain.read import PreparedRead
from ab_stitching.domain.read_codec import dump_read, load_read
from hypothesis import given, settings
from hypothesis import strategies as st

READ = PreparedRead(
    sample_count=3000,
    packets=(b"\x20one", b"", b"\x21three", b"four" * 300),
    stream_config=b"\x11\x90",
    bins=np.linspace(0, 3, 47, dtype=np.float32),
    outline=np.array([0, 3, 255, 7, 1, 0, 0], np.uint8),
    segments=(Voice(3, 400), Voice(700, 1234)),
    lufs=-20.0,
    true_peak_db=-6.5,
    gain_db=3.25,
    source_lufs=-23.25,
    trimmed=4807,
)


def test_what_is_stored_comes_back() -> None:
    loaded = load_read(dump_read(READ))
    for field in dataclasses.fields(READ):
        np.testing.assert_array_equal(getattr(loaded, field.name), getattr(READ, field.name))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    stored = bytearray(dump_read(READ))
    place = data.draw(st.integers(0, len(stored) - 1))
    stored[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PreparedReadDamaged):
        load_read(bytes(stored))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(dump_read(READ)) - 1))
def test_a_torn_object_is_noticed(length: int) -> None:
    with pytest.raises(PreparedReadDamaged):
        load_read(dump_read(READ)[:length])


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400))
def test_anything_else_is_no_prepared_read(junk: bytes) -> None:
    with pytest.raises(PreparedReadDamaged):
        load_read(junk)


def test_another_profile_is_stale_and_not_damaged() -> None:
    with pytest.raises(PreparedReadStale):
        load_read(dump_read(dataclasses.replace(READ, profile_version="voice-0")))


@pytest.mark.parametrize("change", [{"sample_count": 0}, {"packets": READ.packets[1:]}])
def test_a_read_that_contradicts_itself_is_damaged(change: dict[str, object]) -> None:
    contradictory = dataclasses.replace(READ)
    for name, value in change.items():
        object.__setattr__(contradictory, name, value)
    with pytest.raises(PreparedReadDamaged):
        load_read(dump_read(contradictory))
