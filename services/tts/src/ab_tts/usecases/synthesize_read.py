"""Speaks a line, once per address, whoever asks and however often."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import ReadFailed, ReadReady
from ab_shared.contracts.identifiers import speech_address
from ab_shared.errors import AbError, InvalidMessage, PermanentError, TransientError
from ab_shared.runtime.context import current
from ab_shared.storage.keys import speech_key
from ab_shared.storage.ports import Blobs

from ab_tts.domain.errors import ProviderUnavailable
from ab_tts.domain.word_times import word_spans
from ab_tts.ports import RawSpeech, ReadBook, SpeechProvider

# Short enough that the ladder's second rung finds the claim of a dead process lapsed.
LEASE_SECONDS = 5.0
RENEW_SECONDS = 1.0
# 0, 1, 6, 36 and 156 s after it was asked for.
LAST_ATTEMPT = 5
logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class SynthesizeRead:
    """A read that exists is announced again; one that somebody is speaking is tried later.

    Whoever waits for a read hears of it by its address, so the speaker's announcement serves all.
    """

    book: ReadBook
    speech: Blobs
    provider: SpeechProvider
    address_key: bytes
    deadline_seconds: float

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
                await unit.send(known.model_copy(update={"synthesized": False}))
                return
            # In a transaction of its own: speaking takes seconds, nobody shall wait on a lock.
            if not await unit.claim(command.speech_address, LEASE_SECONDS):
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
        except PermanentError as error:
            await self._fail(command, error)
        # The last rung would come after everybody has stopped waiting: an end with a reason now.
        except ProviderUnavailable as error:
            if current().attempt < LAST_ATTEMPT:
                await self._give_up(command)
                raise
            await self._fail(command, error)
        # A cancelled task too lets go of its claim, so that another process can speak at once.
        except BaseException:
            await self._give_up(command)
            raise
        else:
            async with self.book.begin() as unit:
                # A process that stood still has lost its claim: then another one's work counts.
                first = await unit.keep(event, command.recipe.provider)
                await unit.send(event.model_copy(update={"synthesized": first}))

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
        started = time.perf_counter()
        deadline = asyncio.get_running_loop().time() + self.deadline_seconds
        raw = await self.provider.synthesize(
            command.text, command.recipe, command.variant, deadline=deadline
        )
        spent_ms = round((time.perf_counter() - started) * 1000)
        key = speech_key(command.speech_address)
        await self.speech.put(key, raw.audio, raw.content_type)
        return _announcement(command, key, raw, spent_ms)

    async def _give_up(self, command: Command) -> None:
        async with self.book.begin() as unit:
            await unit.give_up(command.speech_address)

    async def _fail(self, command: Command, error: AbError) -> None:
        logger.warning("A line cannot be spoken", extra={"error": type(error).__name__})
        failed = ReadFailed(
            speech_address=command.speech_address, code=error.code, message=error.message
        )
        async with self.book.begin() as unit:
            await unit.give_up(command.speech_address)
            await unit.send(failed)


def _announcement(command: Command, key: str, raw: RawSpeech, spent_ms: int) -> ReadReady:
    return ReadReady(
        speech_address=command.speech_address,
        speech_key=key,
        content_type=raw.content_type,
        duration_ms=raw.duration_ms,
        characters=raw.characters,
        synthesized=True,
        synthesis_ms=spent_ms,
        words=word_spans(command.text, raw.alignment) if raw.alignment else (),
    )
