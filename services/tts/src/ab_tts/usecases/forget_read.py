"""Forgets speech that turned out to be no good."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.events import ReadRejected

from ab_tts.ports import ReadBook

logger = logging.getLogger("ab.tts")


@dataclass(frozen=True, slots=True)
class ForgetRead:
    """Without it, a read whose object was lost or damaged would be announced again for ever."""

    book: ReadBook

    async def __call__(self, event: ReadRejected) -> None:
        """Whoever asks for the line again has it spoken anew; hearing it twice changes nothing."""
        async with self.book.begin() as unit:
            await unit.forget([event.speech_address])
        logger.info("A read is forgotten", extra={"code": event.code})
