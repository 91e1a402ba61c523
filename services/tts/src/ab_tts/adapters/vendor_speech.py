"""A vendor's speech as a provider: slots, patience and metering around one call over the network.

``slot_taken`` waits for a slot, ``busy`` and ``failed`` wait as long as the vendor asks or twice as
long each time, anything else is an answer. A call that hangs is cut; everything ends with the
read's deadline.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.errors import SpeechRefused
from ab_shared.runtime import vendor_metrics
from ab_shared.runtime.clock import utc_now

from ab_tts.adapters.slot_gate import SPEECH, SlotGate, Turn
from ab_tts.adapters.vendor_sound import raw_speech
from ab_tts.adapters.voice_map import VendorVoices
from ab_tts.domain.errors import (
    NoSlot,
    ProviderClosed,
    ProviderNotHere,
    ProviderUnavailable,
    VoiceGone,
)
from ab_tts.domain.metering import CHARGED, Outcome, VendorCall, note, price_micros
from ab_tts.domain.slots import Slots
from ab_tts.domain.spoken_text import spoken_text
from ab_tts.domain.vendor_sound import Format
from ab_tts.domain.vendor_trouble import Patience, Trouble, retry_after, wait_after
from ab_tts.domain.word_times import Alignment
from ab_tts.ports import RawSpeech

OUTCOMES: dict[Outcome, vendor_metrics.Outcome] = {
    "spoken": "ok",
    "slot_taken": "throttled",
    "busy": "throttled",
    "voice_gone": "refused",
    "refused": "refused",
    "cut_off": "timed_out",
}
"""For the metrics; whatever is not here means that nothing came of the call: failed."""
logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor sent, and its headers."""

    audio: bytes
    headers: Mapping[str, str]
    alignment: Alignment | None = None


class Line(Protocol):
    """The way to a vendor: one call, no retries of its own."""

    name: str
    format: Format
    rate: int

    async def call(self, text: str, recipe: SpeechRecipe, how: Performance) -> Answer:
        """Speaks; raises ``Refusal`` for whatever a vendor or the way to it can say instead."""
        ...

    async def aclose(self) -> None:
        """Hangs up."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """A line as the settings want it, the model of the day, and its bound of this process."""

    line: Line
    model: str
    most_at_once: int


class Refusal(Trouble):
    """A trouble that came with headers."""

    def __init__(
        self, outcome: Outcome, *, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        found = headers or {}
        super().__init__(outcome, code=code, retry_after=retry_after(found, utc_now()))
        self.headers = found


class VendorSpeech:
    """Implements ``SpeechProvider`` with a vendor's line and its part of the voice map."""

    def __init__(
        self,
        line: Line,
        voices: VendorVoices,
        model: str,
        *,
        begin: Slots,
        patience: Patience | None = None,
    ) -> None:
        self.name = line.name
        self.gate = SlotGate(line.name, begin)
        self._line = line
        self._voices = voices
        self._model = model
        self._patience = patience or Patience()
        self._dice = random.SystemRandom()

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The recipe of a voice id in the model of the day."""
        return self._voices.recipe(self.name, self._model, voice_id)

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """One performance of a line.

        Raises:
            SpeechRefused: the vendor will not say this text.
            VoiceGone: it does not have the voice or the model any more.
            ProviderClosed: no quota or no valid key.
            NoSlot: others had all slots until the deadline.
            Overloaded, ProviderUnavailable, WrongSound: passing trouble.
        """
        if recipe.provider != self.name:
            raise ProviderNotHere("This recipe is of another speech provider")
        spoken, failed = spoken_text(text), 0
        while True:
            try:
                async with self.gate.one(deadline) as turn:
                    return await self._attempt(spoken, text, recipe, variant, turn)
            except Trouble as trouble:
                # No slot is no failure: it is waited for as long as the read may take.
                failed += trouble.outcome != "slot_taken"
                wait = self._wait(trouble, failed, deadline)
            await asyncio.sleep(wait)

    async def aclose(self) -> None:
        """Hangs up."""
        await self._line.aclose()

    async def _attempt(
        self, spoken: str, text: str, recipe: SpeechRecipe, variant: Variant, turn: Turn
    ) -> RawSpeech:
        outcome: Outcome = "cut_off"
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self._patience.seconds):
                answer = await self._line.call(spoken, recipe, recipe.performance(variant))
            outcome = "no_sound"
            self.gate.answered(answer.headers, turn)
            line = self._line
            alignment = answer.alignment and answer.alignment.upto(text)
            speech = await asyncio.to_thread(
                raw_speech, answer.audio, line.format, line.rate, spoken, alignment
            )
            outcome = "spoken"
        except TimeoutError as late:
            raise Trouble("cut_off") from late
        except Refusal as refusal:
            outcome = refusal.outcome
            if outcome == "slot_taken" or (outcome == "busy" and not self.gate.told):
                self.gate.crowded(refusal.headers, turn)
            else:
                self.gate.heard(refusal.headers, turn)
            raise
        finally:
            self._note(recipe, outcome, len(spoken), time.perf_counter() - began)
        return speech

    def _wait(self, trouble: Trouble, failed: int, deadline: float) -> float:
        """Seconds until the next call; raises where there shall be none."""
        if trouble.outcome in {"quota_exceeded", "rejected"}:
            logger.error("A vendor is closed", extra={"provider": self.name, "code": trouble.code})
            raise ProviderClosed("The voice takes no calls of ours") from trouble
        if trouble.outcome == "voice_gone":
            raise VoiceGone("The voice is not there any more") from trouble
        if trouble.outcome == "refused":
            raise SpeechRefused("The voice cannot say this text") from trouble
        wait = wait_after(trouble, failed, self._dice)
        if failed < self._patience.tries and wait < deadline - asyncio.get_running_loop().time():
            return wait
        if trouble.outcome == "slot_taken":
            raise NoSlot("The voice had no slot for the line in time") from trouble
        asked = {"retry_after": trouble.retry_after}
        raise ProviderUnavailable("The voice does not answer", details=asked) from trouble

    def _note(
        self, recipe: SpeechRecipe, outcome: Outcome, characters: int, seconds: float
    ) -> None:
        charged = outcome in CHARGED
        micros = price_micros(self._voices.prices, recipe.model, characters) if charged else 0
        vendor_metrics.called(self.name, SPEECH, OUTCOMES.get(outcome, "failed"), seconds)
        if charged:
            vendor_metrics.CHARACTERS.labels(self.name).inc(characters)
            vendor_metrics.COST.labels(self.name).inc(micros / 1_000_000)
        milliseconds = round(seconds * 1000)
        note(VendorCall(self.name, recipe.model, outcome, characters, micros, milliseconds))
