"""A speech provider that cannot hold anybody up, whatever it does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ab_shared.contracts.speech import SpeechRecipe, Variant
from ab_shared.errors import Overloaded, PermanentError, TransientError
from ab_shared.runtime import breaker
from ab_shared.runtime.vendor_metrics import BREAKER_OPEN, SKIPPED
from prometheus_client import Counter, Gauge, Histogram

from ab_tts.adapters.slot_gate import SPEECH
from ab_tts.domain.errors import NoSlot, ProviderClosed, ProviderUnavailable
from ab_tts.ports import RawSpeech, SpeechProvider

# Magic numbers of the containers that say what they are; raw PCM says nothing.
STARTS: dict[str, tuple[bytes, ...]] = {
    "audio/wav": (b"RIFF",),
    "audio/mpeg": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
    "audio/ogg": (b"OggS",),
    "audio/flac": (b"fLaC",),
}
MOST_BYTES = 20_000_000
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)

CALLS = Counter(
    "ab_speech_provider_calls_total",
    "Reads asked of a provider, by outcome.",
    ("provider", "outcome"),
)
DURATION = Histogram(
    "ab_speech_provider_seconds",
    "How long a provider took for a read, with waiting for slots and second tries.",
    ("provider",),
    buckets=SECONDS,
)
BUSY = Gauge("ab_speech_provider_busy", "Reads a provider is working on.", ("provider",))
logger = logging.getLogger("ab.tts")


class GuardedSpeech:
    """Implements ``SpeechProvider`` around another one: a deadline, a bound and a breaker.

    A read beyond ``at_once`` is refused, not kept waiting: whoever waits holds a place among the
    few that a process works on, and then one slow provider is everybody's.
    """

    def __init__(
        self,
        provider: SpeechProvider,
        *,
        at_once: int,
        limits: breaker.Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = provider.name
        self._provider = provider
        self._at_once = at_once
        self._limits = limits or breaker.Limits()
        self._clock = clock
        self._breaker = breaker.Breaker()
        self._busy = 0
        # Nobody can tell a breaker that never opened from one that nobody measures.
        BREAKER_OPEN.labels(self.name, SPEECH).set(0)

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The provider's."""
        return self._provider.recipe_for(voice_id)

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """As the provider, and never later than ``deadline``.

        Raises ``ProviderUnavailable`` in place of whatever passing trouble the provider has, and
        ``Overloaded`` when enough of its reads are in work.
        """
        trial = self._enter()
        began = self._clock()
        try:
            speech = await self._ask(text, recipe, variant, deadline)
        # It has looked at the text and said no: an answer.
        except PermanentError:
            self._settle("refused", breaker.answered(self._breaker), trial=trial)
            raise
        except NoSlot:
            self._settle("no_slot", breaker.dropped(self._breaker, self._clock()), trial=trial)
            raise
        except Exception as error:
            wait = _wait_asked_for(error)
            after = breaker.failed(self._breaker, self._limits, self._clock(), wait=wait)
            self._settle(type(error).__name__, after, trial=trial)
            closed = isinstance(error, ProviderClosed)
            kind = ProviderClosed if closed else ProviderUnavailable
            raise kind("The voice does not answer") from error
        except BaseException:
            self._settle("dropped", breaker.dropped(self._breaker, self._clock()), trial=trial)
            raise
        finally:
            self._busy -= 1
            BUSY.labels(self.name).set(self._busy)
        DURATION.labels(self.name).observe(self._clock() - began)
        self._settle("spoken", breaker.answered(self._breaker), trial=trial)
        return speech

    def _enter(self) -> bool:
        """Whether this call is the one that tries."""
        if self._busy >= self._at_once:
            CALLS.labels(self.name, "overloaded").inc()
            SKIPPED.labels(self.name, SPEECH, "overloaded").inc()
            raise Overloaded("Enough lines are being spoken by this provider")
        if not breaker.may_call(self._breaker, self._clock()):
            CALLS.labels(self.name, "left_alone").inc()
            SKIPPED.labels(self.name, SPEECH, "left_alone").inc()
            raise ProviderUnavailable("The voice is left alone for a while")
        self._breaker = breaker.called(self._breaker)
        self._busy += 1
        BUSY.labels(self.name).set(self._busy)
        return self._breaker.state is breaker.State.TRYING

    async def _ask(
        self, text: str, recipe: SpeechRecipe, variant: Variant, deadline: float
    ) -> RawSpeech:
        # Not left to the provider: a vendor's client counts the time between two bytes at best.
        async with asyncio.timeout_at(deadline):
            speech = await self._provider.synthesize(text, recipe, variant, deadline=deadline)
        if not _is_sound(speech):
            raise TransientError("The provider answered something that is no sound")
        return speech

    def _settle(self, outcome: str, after: breaker.Breaker, *, trial: bool) -> None:
        CALLS.labels(self.name, outcome).inc()
        # While one call tries, those that began before the rest prove nothing either way.
        if self._breaker.state is breaker.State.TRYING and not trial:
            return
        if after.state is breaker.State.OPEN and after.openings > self._breaker.openings:
            seconds = round(after.retry_at - self._clock(), 1)
            logger.error(
                "A speech provider is left alone",
                extra={"provider": self.name, "seconds": seconds},
            )
        if self._breaker.state is not breaker.State.CLOSED and after == breaker.Breaker():
            logger.info("A speech provider answers again", extra={"provider": self.name})
        self._breaker = after
        BREAKER_OPEN.labels(self.name, SPEECH).set(after.state is not breaker.State.CLOSED)


def _is_sound(speech: RawSpeech) -> bool:
    starts = STARTS.get(speech.content_type, (b"",))
    return (
        0 < len(speech.audio) <= MOST_BYTES
        and speech.duration_ms > 0
        and speech.audio.startswith(starts)
    )


def _wait_asked_for(error: Exception) -> float:
    """Seconds the provider asked to be left alone, as its adapter noted them."""
    wait = error.details.get("retry_after") if isinstance(error, TransientError) else None
    return float(wait) if isinstance(wait, int | float) else 0.0
