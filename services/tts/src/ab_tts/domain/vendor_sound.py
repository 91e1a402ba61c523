"""Whether what a vendor sent can be the line: its kind, its rate and its length."""

from __future__ import annotations

from typing import Literal

from ab_shared.errors import TransientError

Format = Literal["mp3", "wav", "flac", "pcm"]
CONTENT_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "pcm": "audio/wav",  # raw samples are given a header before anybody else sees them
}
STARTS: dict[Format, tuple[bytes, ...]] = {
    "wav": (b"RIFF",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
    "flac": (b"fLaC",),
}
# Raw samples begin with anything, but speech does not begin with one of these.
NO_SAMPLES = (b"RIFF", b"ID3", b"\xff\xfb", b"\xff\xf3", b"fLaC", b"OggS", b"<", b'{"', b"\x1aE")
RATES = range(16_000, 48_001)
# Nobody says thirty characters in a second; the slowest voice, pauses and all, says two.
LEAST_SECONDS, SECONDS_A_CHARACTER, MOST_SECONDS_A_CHARACTER, MARGIN = 0.1, 1 / 30, 0.5, 3.0


# From crest to trough, of 2: no voice is that far down, a hum of nothing is.
LEAST_SWING = 0.002


class WrongSound(TransientError):
    """The vendor answered something that cannot be the line: its format, rate or length is off."""


def check_start(audio: bytes, wanted: Format) -> None:
    """WrongSound unless a file begins as its format does."""
    starts = STARTS.get(wanted)
    fits = audio.startswith(starts) if starts else not audio.startswith(NO_SAMPLES)
    if not audio or not fits:
        raise WrongSound("The vendor's answer is not in the format it was asked for")


def check_length(seconds: float, characters: int) -> None:
    """WrongSound for a length that nobody needs for so many characters."""
    least = max(LEAST_SECONDS, characters * SECONDS_A_CHARACTER)
    if not least <= seconds <= most_seconds(characters):
        raise WrongSound("The vendor's answer is too short or too long to be the line")


def most_seconds(characters: int) -> float:
    """The longest anybody may take for so many characters."""
    return MARGIN + characters * MOST_SECONDS_A_CHARACTER


def check_swing(swing: float) -> None:
    """WrongSound for silence, a constant, or samples that are no numbers."""
    if not swing >= LEAST_SWING:
        raise WrongSound("The vendor's answer is silence")
