"""Everything that is checked of one voice, in a process of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from audio import ffmpeg, listening
from audio.checks import Finding, Limit, examine
from audio.lines import LINES, said
from audio.tracks import Track, Voiced, render, voiced
from audio.voices import Portrait, distance, portrait, semitones

TRACK_LINES = (1, 4, 24, 50)
FEWEST_WORDS = 500
WORD_ERRORS = Limit("words misheard by whisper tiny.en", "%", 5.0)
SAME_SPEAKER = Limit("colour of read 1 against read 2", "dB", 0.5)
SAME_PITCH = Limit("pitch of first against last 25 lines", "semitones", 1.0)
SPEECH_RATE = 24_000


@dataclass(frozen=True)
class VoiceResult:
    """What was found out about a voice."""

    voice: str
    findings: Sequence[Finding]
    portrait: Portrait
    words: int
    seconds: float


def check_voice(voice: str) -> VoiceResult:
    """Renders and examines its tracks, listens to the longest one, draws its portrait."""
    started = time.perf_counter()
    spoken = voiced(voice)
    findings: list[Finding] = []
    with TemporaryDirectory(prefix="ab-check-") as folder:
        for lines in TRACK_LINES:
            track = render(spoken, lines, Path(folder))
            findings += examine(track)
        wanted, errors = _misheard(track)
    findings.append(Finding(WORD_ERRORS, voice, track.lines, 100 * errors / wanted))
    whole, own = _portraits(spoken)
    findings += own
    seconds = time.perf_counter() - started
    sys.stderr.write(f"{voice}: {wanted} words, {errors} misheard, {seconds:.0f} s\n")
    return VoiceResult(voice, findings, whole, wanted, seconds)


def _misheard(track: Track) -> tuple[int, int]:
    """Words said and words misheard in the finished file."""
    sound = ffmpeg.decoded(track.rendered.path, listening.RATE, channels=1)[0]
    scale = listening.RATE / ffmpeg.RATE
    reads = [sound[int(one.start * scale) : int(one.end * scale)] for one in track.places]
    texts = [said(place) for place in range(track.lines) for _ in range(2)]
    wanted = [word for text in texts for word in listening.words(text)]
    assert len(wanted) >= FEWEST_WORDS, "too few words to judge a voice by"
    return len(wanted), listening.word_errors(wanted, listening.Listener().words(reads))


def _portraits(spoken: Voiced) -> tuple[Portrait, list[Finding]]:
    sounds = [ffmpeg.decoded(path, SPEECH_RATE, channels=1)[0] for path in spoken.raw]
    sounds = [sound[sound.nonzero()[0][0] :] for sound in sounds]
    first, second = portrait(sounds[::2]), portrait(sounds[1::2])
    early, late = portrait(sounds[: len(LINES)]), portrait(sounds[len(LINES) :])
    own = [
        Finding(SAME_SPEAKER, spoken.voice, len(LINES), distance(first, second)),
        Finding(SAME_PITCH, spoken.voice, len(LINES), semitones(early, late)),
    ]
    return portrait(sounds), own
