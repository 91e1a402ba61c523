from __future__ import annotations

from typing import Any

from ab_shared.contracts.events import ReadReady, ReadRejected
from ab_tts.usecases.forget_read import ForgetRead

GOOD, BAD = "a" * 64, "b" * 64


def ready(address: str) -> ReadReady:
    return ReadReady(
        speech_address=address,
        speech_key=f"speech/{address}",
        content_type="audio/wav",
        duration_ms=900,
        characters=6,
        synthesized=True,
        synthesis_ms=40,
    )


async def test_a_read_that_was_rejected_is_spoken_anew_and_no_other(memory_book: Any) -> None:
    async with memory_book.begin() as unit:
        for address in (GOOD, BAD):
            await unit.keep(ready(address), "made-up")
    rejected = ReadRejected(
        speech_address=BAD, prepared_address="c" * 64, code="ASSET_ERROR", message="silent"
    )
    for _ in range(2):
        await ForgetRead(memory_book)(rejected)
    async with memory_book.begin() as unit:
        assert await unit.read(BAD) is None
        assert await unit.read(GOOD) is not None
        assert await unit.claim(BAD, 30)
