from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from ab_tts.domain.metering import price_micros
from ab_tts.domain.vendor_sound import WrongSound, check_length, check_start
from ab_tts.domain.vendor_trouble import LONGEST_WAIT, Trouble, retry_after, wait_after

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ASKED = [
    ("7", 7.0),
    ("Mon, 05 Jan 2026 12:00:30 GMT", 30.0),
    ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
    ("999999999", 3600.0),
    ("soon", None),
    ("-3", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "seconds"), ASKED)
def test_retry_after_in_figures_and_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value} if value else {}, NOW) == seconds


def test_waits_double_with_jitter_up_to_a_bound() -> None:
    dice = random.SystemRandom()
    waits = [wait_after(Trouble("failed"), failed, dice) for failed in range(1, 9)]
    assert 0.375 <= waits[0] <= 0.625
    assert all(wait <= LONGEST_WAIT * 1.25 for wait in waits)
    assert wait_after(Trouble("busy", retry_after=3.0), 1, dice) == 3.0
    assert wait_after(Trouble("slot_taken"), 5, dice) < 0.5


@pytest.mark.parametrize("seconds", [0.0, 0.5, 40.0])
def test_a_length_that_nobody_needs(seconds: float) -> None:
    with pytest.raises(WrongSound):
        check_length(seconds, characters=30)
    check_length(3.0, characters=30)


def test_a_file_begins_as_its_format_does() -> None:
    check_start(b"RIFF....", "wav")
    check_start(b"\x01\x00\x02\x00", "pcm")
    for audio, wanted in ((b"RIFF", "pcm"), (b"ID3", "wav"), (b"", "pcm"), (b"<html>", "pcm")):
        with pytest.raises(WrongSound):
            check_start(audio, wanted)


def test_what_a_model_charges() -> None:
    prices = {"default": 15.0, "dear": 300.0}
    assert price_micros(prices, "dear", 100) == 30_000
    assert price_micros(prices, "unlisted", 100) == 1500
    assert price_micros({}, "unlisted", 100) == 0
