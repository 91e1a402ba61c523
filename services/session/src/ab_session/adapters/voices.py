"""The voices of the day, asked of the tts service and kept for a while."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable

from ab_shared.contracts.rpc import ListVoices, VoiceList
from ab_shared.contracts.speech import VoiceOffer
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.ports import Caller

from ab_session.ports import Voice

# Recipes change with releases of tts; a minute late is early enough.
FRESH_SECONDS = 60.0
# With an old list at hand a create is not held up by a tts that is busy speaking.
PATIENCE_SECONDS = 0.25
CALL_SECONDS = 5.0
logger = logging.getLogger("ab.session")
_HARMLESS = re.compile(r"[A-Za-z0-9_-]{1,32}")


class RpcVoices:
    """Implements ``Voices``; an old list serves while a new one is late or cannot be had."""

    def __init__(self, caller: Caller, clock: Callable[[], float] = time.monotonic) -> None:
        self._caller = caller
        self._clock = clock
        self._list: VoiceList | None = None
        self._asked_at = float("-inf")
        self._asking: asyncio.Task[VoiceList] | None = None

    async def resolve(self, voice_id: str) -> Voice:
        """The voice, or the fallback voice and a line in the log."""
        offers = await self._offers()
        by_id = {offer.voice_id: offer for offer in offers.voices}
        offer = by_id.get(voice_id) or by_id.get(voice_id.strip().lower())
        return _voice(offer or self._fallback(voice_id, by_id, offers.fallback_voice_id))

    def _fallback(
        self, voice_id: str, by_id: dict[str, VoiceOffer], fallback_id: str
    ) -> VoiceOffer:
        shown = voice_id if _HARMLESS.fullmatch(voice_id) else "(unprintable)"
        logger.info(
            "An unknown voice was asked for", extra={"voice": shown, "instead": fallback_id}
        )
        if fallback_id not in by_id:
            raise DependencyUnavailable("No voice can speak right now")
        return by_id[fallback_id]

    async def _offers(self) -> VoiceList:
        if self._list is not None and self._clock() - self._asked_at < FRESH_SECONDS:
            return self._list
        asking = self._ask()
        if self._list is None:
            # One caller that gives up must not take the answer from the others.
            return await asyncio.shield(asking)
        await asyncio.wait({asking}, timeout=PATIENCE_SECONDS)
        return self._list

    def _ask(self) -> asyncio.Task[VoiceList]:
        """One question at a time, however many wait for the answer."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._call())
            self._asking.add_done_callback(self._heard)
        return self._asking

    async def _call(self) -> VoiceList:
        return await self._caller.call(ListVoices(), timeout=CALL_SECONDS)

    def _heard(self, asking: asyncio.Task[VoiceList]) -> None:
        if asking.cancelled():
            return
        error = asking.exception()
        if error is None:
            self._list, self._asked_at = asking.result(), self._clock()
        else:
            logger.warning("The voices cannot be had", extra={"error": type(error).__name__})


def _voice(offer: VoiceOffer) -> Voice:
    return Voice(offer.voice_id, offer.recipe, offer.instead)
