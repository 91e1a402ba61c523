from __future__ import annotations

import struct

import pytest
from ab_stitching.domain.wholeness import is_cut_short
from hypothesis import given
from hypothesis import strategies as st


def wav(size: int, there: int, extra: bytes = b"") -> bytes:
    head = b"fmt " + struct.pack("<I", 16) + bytes(16)
    return (
        b"RIFF"
        + bytes(4)
        + b"WAVE"
        + extra
        + head
        + b"data"
        + struct.pack("<I", size)
        + bytes(there)
    )


def xing(counted: int, there: int, flags: int = 3) -> bytes:
    numbers = struct.pack(">II", 40, counted) if flags & 1 else struct.pack(">I", counted)
    head = b"\xff\xfb\x90\x64" + bytes(32) + b"Xing" + struct.pack(">I", flags) + numbers
    return head.ljust(there, b"\0")


def webm(size: bytes, there: int) -> bytes:
    return b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67" + size + bytes(there)


@pytest.mark.parametrize(
    ("raw", "short"),
    [
        (wav(1000, 1000), False),
        (wav(1000, 999), True),
        (wav(1000, 1004), False),
        (wav(1000, 500, b"LIST" + struct.pack("<I", 3) + b"abc\0"), True),
        (wav(0, 500), False),
        (wav(0xFFFFFFFF, 500), False),
        (wav(0x7FFFFFFF, 500), False),
        (xing(9000, 9000), False),
        (xing(9000, 8000), False),
        (xing(9000, 7000), True),
        (xing(9000, 7000, flags=2), True),
        (xing(9000, 7000, flags=1), False),
        (b"ID3\x04\0\0\0\0\x01\x00" + bytes(128) + xing(9000, 7000), True),
        (webm(b"\x01\0\0\0\0\0\x10\0", 4096), False),
        (webm(b"\x01\0\0\0\0\0\x10\0", 4000), True),
        (webm(b"\x01\xff\xff\xff\xff\xff\xff\xff", 10), False),
        (webm(b"\x8a", 20), False),
        (b"", False),
    ],
)
def test_a_file_is_held_to_its_own_header(raw: bytes, *, short: bool) -> None:
    assert is_cut_short(raw) is short


@given(
    st.sampled_from([b"", b"OggS", b"ID3", b"\xff\xfb", b"\x1a\x45\xdf\xa3", b"RIFF1234WAVEdata"]),
    st.binary(max_size=300),
)
def test_no_bytes_confuse_it(start: bytes, rest: bytes) -> None:
    assert is_cut_short(start + rest) in {True, False}
