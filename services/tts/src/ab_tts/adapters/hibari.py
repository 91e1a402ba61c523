"""The hibari speech model: its own voice "heart", wholly inside the wheel, nothing fetched."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from ab_tts.domain.melody import Track
from ab_tts.domain.waveform import Samples

Spectrum = NDArray[np.float32]

SAMPLE_RATE = 24_000
FRAMES_PER_SECOND = 80.0
VOICE = "heart"
# The second read of a line comes right after the first.
REMEMBERED_LINES = 256
SHORTEST = 3
"""Phoneme ids of a line that holds at least one phoneme between the two pads."""


class _Session(Protocol):
    def run(self, names: None, feed: dict[str, NDArray[np.generic]]) -> list[Spectrum]: ...


class _Model(Protocol):
    sess: _Session

    def phonemize(self, text: str) -> list[str]: ...

    def ids(self, phonemes: str) -> list[int]: ...


class _Dsp(Protocol):
    def synth(self, *parts_melody_noise: Spectrum | np.random.Generator) -> Samples: ...


@dataclass(frozen=True, slots=True)
class Phrase:
    """What the network says about one phrase: a spectrum in five parts and the melody."""

    parts: tuple[Spectrum, ...]
    melody: Track
    """Hertz at ``FRAMES_PER_SECOND``."""


class Hibari:
    """Text to phrases to samples; every method may be called from several threads at once."""

    def __init__(self) -> None:
        library = importlib.import_module("hibari")
        # one thread a call: the provider's workers are the parallelism, and the answer is stable
        self._model = cast("_Model", library.Hibari(voice=VOICE, threads=1))
        self._dsp = cast("_Dsp", importlib.import_module("hibari.dsp"))
        self._reading = Lock()
        self._read: OrderedDict[str, tuple[tuple[int, ...], ...]] = OrderedDict()

    def phrases(self, text: str, speed: float) -> list[Phrase]:
        """The phrases of a text, spoken at ``speed`` (1 is the pace the model learned)."""
        return [self._predict(ids, speed) for ids in self._ids(text) if len(ids) >= SHORTEST]

    def samples(self, phrase: Phrase, seed: int) -> Samples:
        """A phrase as 24 kHz mono sound; the seed is that of the breath in it."""
        noise = np.random.default_rng(seed)
        return self._dsp.synth(*phrase.parts, phrase.melody.astype(np.float32), noise)

    def _ids(self, text: str) -> tuple[tuple[int, ...], ...]:
        """Phoneme ids of each sentence; both reads of a line need them, reading costs 10 ms."""
        with self._reading:
            known = self._read.get(text)
            if known is None:
                known = tuple(tuple(self._model.ids(said)) for said in self._model.phonemize(text))
                self._read[text] = known
            self._read.move_to_end(text)
            if len(self._read) > REMEMBERED_LINES:
                self._read.popitem(last=False)
            return known

    def _predict(self, ids: tuple[int, ...], speed: float) -> Phrase:
        feed: dict[str, NDArray[np.generic]] = {
            "ids": np.asarray([ids], np.int64),
            "speed": np.asarray([speed], np.float32),
        }
        *parts, melody = (batch[0] for batch in self._model.sess.run(None, feed))
        return Phrase(parts=tuple(parts), melody=melody.astype(np.float64))
