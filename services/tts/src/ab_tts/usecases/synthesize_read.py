"""Speaks a line, once per address, whoever asks and however often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import PROVIDER_DOWN, VOICE_GONE, ReadFailed, ReadReady
from ab_shared.contracts.identifiers import speech_address
from ab_shared.errors import AbError, InvalidMessage, PermanentError, TransientError
from ab_shared.runtime.context import current
from ab_shared.storage.ports import Blobs

from ab_tts.domain.errors import (
    ProviderClosed,
    ProviderNotHere,
    ProviderUnavailable,
    VoiceGone,
)
from ab_tts.ports import ReadBook
from ab_tts.usecases.buy_speech import BuySpeech
from ab_tts.usecases.speech_metrics import READS

# Short enough that the ladder's second rung finds the claim of a dead process lapsed.
LEASE_SECONDS = 5.0
RENEW_SECONDS = 1.0
# 0, 1, 6, 36 and 156 s after it was asked for.
LAST_ATTEMPT = 5
# Seven seconds: where another voice can speak the whole track, a listener waits no longer.
STAND_IN_ATTEMPT = 3
logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class SynthesizeRead:
    """A read that exists is announced again; one that somebody is speaking is tried later.

    Whoever waits for a read hears of it by its address, so the speaker's announcement serves all.
    """

    book: ReadBook
    speech: Blobs
    buy: BuySpeech
    address_key: bytes
    replaceable: frozenset[str] = frozenset()
    """Providers that another one can stand in for: nobody waits long for one of these."""

    async def __call__(self, command: Command) -> None:
        """Announces ReadReady, or ReadFailed when the line cannot be spoken.

        Raises:
            InvalidMessage: the address is not that of the line.
            TransientError: somebody else is speaking it, or a part is away; a provider that stays
                away for several attempts is a failure of the line.
        """
        self._check(command)
        async with self.book.begin() as unit:
            known = await unit.read(command.speech_address)
            if known is not None:
                READS.labels("hit").inc()
                await unit.send(known.model_copy(update={"synthesized": False}))
                return
            # In a transaction of its own: speaking takes seconds, nobody shall wait on a lock.
            if not await unit.claim(command.speech_address, LEASE_SECONDS):
                READS.labels("waited").inc()
                raise TransientError("The line is being spoken already")
        await self._speak(command)

    def _check(self, command: Command) -> None:
        expected = speech_address(self.address_key, command.text, command.recipe, command.variant)
        if expected != command.speech_address:
            raise InvalidMessage("The address is not that of the line")

    async def _speak(self, command: Command) -> None:
        try:
            async with self._claimed(command.speech_address):
                event = await self._synthesize(command)
        except (VoiceGone, ProviderNotHere) as error:
            gone = isinstance(error, VoiceGone)
            await self._fail(command, error, VOICE_GONE if gone else PROVIDER_DOWN)
        except PermanentError as error:
            await self._fail(command, error, error.code)
        # The last rung would come after everybody has stopped waiting: an end with a reason now.
        except ProviderUnavailable as error:
            if self._worth_waiting(command, error):
                await self._give_up(command)
                raise
            await self._fail(command, error, PROVIDER_DOWN)
        # A cancelled task too lets go of its claim, so that another process can speak at once.
        except BaseException:
            await self._give_up(command)
            raise
        else:
            async with self.book.begin() as unit:
                # A process that stood still has lost its claim: then another one's work counts.
                first = await unit.keep(event, command.recipe.provider)
                await unit.send(event.model_copy(update={"synthesized": first}))
            READS.labels("rendered").inc()

    def _worth_waiting(self, command: Command, error: ProviderUnavailable) -> bool:
        if command.recipe.provider not in self.replaceable:
            return current().attempt < LAST_ATTEMPT
        return current().attempt < STAND_IN_ATTEMPT and not isinstance(error, ProviderClosed)

    @asynccontextmanager
    async def _claimed(self, address: str) -> AsyncIterator[None]:
        """Renews the claim inside the block, so that it lapses soon after its process has died."""
        renewing = asyncio.create_task(self._renew(address))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renew(self, address: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            with suppress(TransientError):  # the next turn may fare better; it may also lapse
                async with self.book.begin() as unit:
                    await unit.renew(address, LEASE_SECONDS)

    async def _synthesize(self, command: Command) -> ReadReady:
        event, audio = await self.buy(command)
        await self.speech.put(event.speech_key, audio, event.content_type)
        return event

    async def _give_up(self, command: Command) -> None:
        async with self.book.begin() as unit:
            await unit.give_up(command.speech_address)

    async def _fail(self, command: Command, error: AbError, code: str) -> None:
        READS.labels("failed").inc()
        logger.warning("A line cannot be spoken", extra={"error": type(error).__name__})
        failed = ReadFailed(speech_address=command.speech_address, code=code, message=error.message)
        async with self.book.begin() as unit:
            await unit.give_up(command.speech_address)
            await unit.send(failed)
