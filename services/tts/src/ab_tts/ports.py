"""What the use cases of speech need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.speech import SpeechRecipe, Variant
from ab_shared.database.ports import UnitOfWork
from ab_shared.storage.reconciling import Named

from ab_tts.domain.metering import VendorCall
from ab_tts.domain.word_times import Alignment


@dataclass(frozen=True, slots=True)
class RawSpeech:
    """One read as a provider gave it: not trimmed, not levelled."""

    audio: bytes
    content_type: str
    duration_ms: int
    characters: int
    """How many characters the provider spoke, which is what vendors charge for."""
    alignment: Alignment | None = None


class SpeechProvider(Protocol):
    """Speaks a line; the same text, recipe and variant always give the same speech."""

    name: str

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The recipe of a voice id of the app; an unknown id gets the fallback voice."""
        ...

    async def synthesize(
        self, text: str, recipe: SpeechRecipe, variant: Variant, *, deadline: float
    ) -> RawSpeech:
        """Speak ``text``; ``deadline`` is in seconds of the running loop's ``time()``.

        Raises ``SpeechRefused`` for a text without anything to speak, ``PermanentError`` for a
        recipe of another provider, ``DeadlineExceeded`` and other ``TransientError`` otherwise.
        """
        ...


class Voices(Protocol):
    """Who speaks as the app's voices."""

    def recipe_for(self, voice_id: str) -> SpeechRecipe:
        """The recipe of the day."""
        ...

    def instead(self, voice_id: str) -> tuple[SpeechRecipe, ...]:
        """Those that can take its place for a whole track, in this order."""
        ...


class ReadBookUnit(UnitOfWork, Protocol):
    """Which reads exist and which are being spoken, inside one transaction."""

    async def read(self, speech_address: str) -> ReadReady | None:
        """The read under this address, as it was announced."""
        ...

    async def claim(self, speech_address: str, seconds: float) -> bool:
        """Whether the caller is the one to speak it; a claim lapses after ``seconds``."""
        ...

    async def renew(self, speech_address: str, seconds: float) -> None:
        """Makes the caller's claim last for ``seconds`` from now."""
        ...

    async def give_up(self, speech_address: str) -> None:
        """Lets go of a claim."""
        ...

    async def keep(self, read: ReadReady, provider: str) -> bool:
        """Remembers a read in place of its claim; False when somebody else has kept it before."""
        ...

    async def spool(self, read: ReadReady, audio: bytes) -> bool:
        """Keeps sound that is paid for until it is stored; False when too much is kept already."""
        ...

    async def spooled(self, speech_address: str) -> tuple[ReadReady, bytes] | None:
        """Sound that is paid for and not stored yet."""
        ...

    async def room_to_spool(self) -> bool:
        """Whether speech may be bought: not while the store is away and much waits for it."""
        ...

    async def charge(self, speech_address: str, calls: Sequence[VendorCall]) -> None:
        """Writes down what calls for a read cost."""
        ...

    async def stored(self, names: Sequence[str], after: str, limit: int) -> Sequence[Named]:
        """Finished reads and their objects: those with these addresses, else a page of all."""
        ...

    async def forget(self, speech_addresses: Sequence[str]) -> None:
        """Forgets finished reads; claims stay."""
        ...


class ReadBook(Protocol):
    """Every read this service has spoken."""

    def begin(self) -> AbstractAsyncContextManager[ReadBookUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...
