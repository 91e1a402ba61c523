"""Has a line spoken, and keeps what a vendor was paid for until it is stored for good."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import ReadReady
from ab_shared.errors import Overloaded, TransientError
from ab_shared.storage.keys import speech_key

from ab_tts.domain.metering import VendorCall, metered
from ab_tts.domain.word_times import word_spans
from ab_tts.ports import RawSpeech, ReadBook, SpeechProvider

# Only what the database was away for; each is below a megabyte or so.
MOST_HELD = 64
# An absence of the database that is waited out: who is asked meanwhile, elsewhere, would buy too.
PAUSE_SECONDS, WAITED_OUT_SECONDS = 0.5, 15.0
# Of the grace that a process has when it is told to stop.
LAST_WORDS_SECONDS = 2.0
Bought = tuple[ReadReady, bytes]
logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class BuySpeech:
    """``charging`` are the providers that cost money: what they said is written down at once.

    In the database, not in the bucket, for the bucket may be what is away; and in memory for as
    long as the database is. A process that dies between the vendor's last byte and the commit
    that follows loses a read, and nothing else does.
    """

    book: ReadBook
    provider: SpeechProvider
    charging: frozenset[str]
    deadline_seconds: float
    held: OrderedDict[str, tuple[Bought, Sequence[VendorCall]]] = field(default_factory=OrderedDict)

    async def __call__(self, command: Command) -> Bought:
        """What is to be announced, and the sound; what is paid for already is not bought again.

        Raises as the provider does, and ``Overloaded`` while the store is away and much waits.
        """
        if command.recipe.provider not in self.charging:
            return await self._speak(command)
        return await self._kept(command) or await self._buy(command)

    async def _kept(self, command: Command) -> Bought | None:
        address = command.speech_address
        if address in self.held:
            bought, calls = self.held[address]
            await self._keep(address, bought, calls)
            return bought
        async with self.book.begin() as unit:
            found = await unit.spooled(address)
            if found is None and not await unit.room_to_spool():
                raise Overloaded("Speech that is paid for waits for the store")
        return found

    async def _buy(self, command: Command) -> Bought:
        address = command.speech_address
        with metered() as calls:
            try:
                bought = await self._speak(command)
            except BaseException:
                await self._charge(address, calls)
                raise
        event, audio = bought
        cost = sum(call.micros for call in calls)
        bought = event.model_copy(update={"cost_micros": cost}), audio
        self.held[address] = (bought, calls)
        while len(self.held) > MOST_HELD:
            self.held.popitem(last=False)
        await self._keep(address, bought, calls)
        return bought

    async def _keep(self, address: str, bought: Bought, calls: Sequence[VendorCall]) -> None:
        """Until it is written down, also when the caller is told to stop."""
        writing = asyncio.create_task(self._waiting_out(address, bought, calls))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing}, timeout=LAST_WORDS_SECONDS)
            writing.cancel()
            raise
        self.held.pop(address, None)

    async def _waiting_out(self, address: str, bought: Bought, calls: Sequence[VendorCall]) -> None:
        clock = asyncio.get_running_loop().time
        until, again = clock() + WAITED_OUT_SECONDS, False
        while True:
            try:
                return await self._write_down(address, bought, calls, again=again)
            except TransientError:
                if clock() >= until:
                    raise
            again = True
            await asyncio.sleep(PAUSE_SECONDS)

    async def _write_down(
        self, address: str, bought: Bought, calls: Sequence[VendorCall], *, again: bool
    ) -> None:
        """In one transaction: what it cost, and what came of it."""
        async with self.book.begin() as unit:
            # The last commit may have succeeded all the same.
            if again and await unit.spooled(address) == bought:
                return
            await unit.charge(address, calls)
            if not await unit.spool(*bought):
                logger.warning("No room is left for paid speech")

    async def _charge(self, address: str, calls: Sequence[VendorCall]) -> None:
        """What calls without an answer cost: worth a line in the log, not the caller's error."""
        if not calls:
            return
        try:
            async with self.book.begin() as unit:
                await unit.charge(address, calls)
        except TransientError:
            logger.warning("Calls are missing in the ledger", extra={"calls": len(calls)})

    async def _speak(self, command: Command) -> Bought:
        started = time.perf_counter()
        deadline = asyncio.get_running_loop().time() + self.deadline_seconds
        raw = await self.provider.synthesize(
            command.text, command.recipe, command.variant, deadline=deadline
        )
        spent_ms = round((time.perf_counter() - started) * 1000)
        return _announcement(command, raw, spent_ms), raw.audio


def _announcement(command: Command, raw: RawSpeech, spent_ms: int) -> ReadReady:
    return ReadReady(
        speech_address=command.speech_address,
        speech_key=speech_key(command.speech_address),
        content_type=raw.content_type,
        duration_ms=raw.duration_ms,
        characters=raw.characters,
        synthesized=True,
        synthesis_ms=spent_ms,
        words=word_spans(command.text, raw.alignment) if raw.alignment else (),
    )
