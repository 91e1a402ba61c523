"""Speech without any vendor: the embedded provider, offline, from installed wheels."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import DeadlineExceeded, Overloaded, PermanentError, SpeechRefused
from ab_shared.runtime import vendor_metrics

from ab_tts.adapters.hibari import FRAMES_PER_SECOND, SAMPLE_RATE, Hibari, Phrase
from ab_tts.adapters.slot_gate import SPEECH
from ab_tts.adapters.world import World
from ab_tts.domain.delivery import Delivery, VoiceShape, delivery_in
from ab_tts.domain.melody import bend
from ab_tts.domain.spoken_text import breaths, english_words, spoken_text
from ab_tts.domain.voices import PROVIDER, is_known, recipe
from ab_tts.domain.waveform import WAV, Samples, duration_ms, wav_file
from ab_tts.ports import RawSpeech

logger = logging.getLogger("ab.tts")

# More than prefetch ever lets in; a bound all the same, for whoever calls this otherwise.
WAITING_PER_WORKER = 64


class EmbeddedSpeech:
    """Speaks with hibari's voice, and through WORLD as other people or with another melody.

    Synthesis runs in ``workers`` threads: the network and the vocoder let go of the interpreter,
    so two threads are 1.9 times one and the event loop stays free. Models load on first use, or
    in ``warm_up``.
    """

    name = PROVIDER

    def __init__(self, workers: int = 1) -> None:
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="speech")
        self._room = workers * WAITING_PER_WORKER
        self._loading = Lock()
        self._hibari: Hibari | None = None
        self._world: World | None = None

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The recipe of a voice id; an unknown one speaks as the fallback, and is logged."""
        if not is_known(voice_id):
            logger.warning(
                "An unknown voice: the fallback speaks", extra={"voice_id": voice_id[:64]}
            )
        return recipe(voice_id)

    async def warm_up(self) -> None:
        """Load the model and speak a word, so that the first line is not a slow one."""
        performance = recipe("").performance(1)
        await asyncio.wrap_future(self._workers.submit(self._speak, "Ready.", performance))

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """One performance of a line as a 24 kHz mono WAV file."""
        if recipe.provider != self.name:
            raise PermanentError("This recipe is of another speech provider.")
        spoken = english_words(spoken_text(text))
        performance = recipe.performance(variant)
        began = time.perf_counter()
        outcome: vendor_metrics.Outcome = "failed"
        try:
            samples = await self._in_a_worker(spoken, performance, deadline)
            outcome = "ok" if len(samples) else "refused"
        except DeadlineExceeded:
            outcome = "timed_out"
            raise
        finally:
            seconds = time.perf_counter() - began
            vendor_metrics.called(self.name, SPEECH, outcome, seconds)
        vendor_metrics.CHARACTERS.labels(self.name).inc(len(spoken))
        if not len(samples):
            raise SpeechRefused("The text holds nothing that this voice can say.")
        return RawSpeech(
            audio=wav_file(samples, SAMPLE_RATE),
            content_type=WAV,
            duration_ms=duration_ms(samples, SAMPLE_RATE),
            characters=len(spoken),
        )

    async def aclose(self) -> None:
        """Finish what is being spoken, drop what waits."""
        await asyncio.to_thread(self._workers.shutdown, cancel_futures=True)

    # A thread cannot be stopped: a line that is late is spoken to its end and thrown away.
    async def _in_a_worker(self, spoken: str, performance: Performance, deadline: float) -> Samples:
        if self._room <= 0:
            raise Overloaded("Too many lines wait to be spoken.")
        work = self._workers.submit(self._speak, spoken, performance)
        self._room -= 1
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.wrap_future(work)
        except TimeoutError as late:
            raise DeadlineExceeded("The line was not spoken in time.") from late
        finally:
            self._room += 1

    def _speak(self, spoken: str, performance: Performance) -> Samples:
        delivery = delivery_in(performance.settings)
        model = self._model()
        phrases = [
            phrase for part in breaths(spoken) for phrase in model.phrases(part, performance.speed)
        ]
        sounds = [self._sound(phrase, delivery, performance.seed, spoken) for phrase in phrases]
        return np.concatenate(sounds) if sounds else np.zeros(0, np.float32)

    def _sound(self, phrase: Phrase, delivery: Delivery, seed: int, spoken: str) -> Samples:
        samples = self._model().samples(phrase, seed)
        wanted = bend(phrase.melody, FRAMES_PER_SECOND, delivery.intonation, seed, spoken)
        if delivery.shape is None and wanted is phrase.melody:
            return samples
        # bent inside the network, two semitones move the timbre by 4 dB: another speaker
        return self._vocoder().reshape(
            samples,
            SAMPLE_RATE,
            phrase.melody,
            wanted,
            FRAMES_PER_SECOND,
            delivery.shape or VoiceShape(),
        )

    def _model(self) -> Hibari:
        with self._loading:
            if self._hibari is None:
                self._hibari = Hibari()
            return self._hibari

    def _vocoder(self) -> World:
        with self._loading:
            if self._world is None:
                self._world = World()
            return self._world
