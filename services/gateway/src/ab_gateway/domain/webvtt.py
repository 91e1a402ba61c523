"""Captions as WebVTT (W3C, https://www.w3.org/TR/webvtt1/)."""

from __future__ import annotations

from collections.abc import Iterator

from ab_shared.contracts.captions import Captions, CaptionWord, Cue

# A bare arrow in a line would end the cue; with ">" escaped there is none.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def webvtt(captions: Captions) -> str:
    """The file; a cue's id is its line and its read, words carry times where they are known."""
    return "\n".join(["WEBVTT", "", *(line for cue in captions.cues for line in _lines(cue))])


def _lines(cue: Cue) -> Iterator[str]:
    yield f"{cue.line}.{cue.read}"
    yield f"{_clock(cue.start_ms)} --> {_clock(cue.end_ms)}"
    yield " ".join(_word(word, cue) for word in cue.words) or _escaped(cue.text)
    yield ""


def _word(word: CaptionWord, cue: Cue) -> str:
    # A time inside a cue must be later than its start (section 4.2.2).
    time = f"<{_clock(word.start_ms)}>" if cue.start_ms < word.start_ms < cue.end_ms else ""
    return time + _escaped(word.text)


def _escaped(text: str) -> str:
    return " ".join(text.translate(_ESCAPES).split())


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"
