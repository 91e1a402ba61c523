"""Single reads are looked at, and given up for a reason that the trail keeps."""

from __future__ import annotations

from typing import Any

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.inspecting import DiscardSpeech, InspectSpeech
from ab_shared.storage.keys import speech_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.usecases.inspect_objects import DiscardObjects, InspectObjects

A, B = "a" * 64, "b" * 64


async def keep(book: Any, address: str) -> None:
    read = ReadReady(
        speech_address=address,
        speech_key=speech_key(address),
        content_type="audio/wav",
        duration_ms=1,
        characters=1,
        synthesized=True,
        synthesis_ms=1,
    )
    async with book.begin() as unit:
        await unit.keep(read, "embedded")


async def test_reads_are_looked_at_and_given_up(memory_book: Any) -> None:
    speech = MemoryBlobs()
    await keep(memory_book, A)
    await keep(memory_book, B)
    await speech.put(speech_key(A), b"sound", "audio/wav")
    look = InspectObjects(memory_book, speech)
    found = await look(InspectSpeech(kind="speech", names=(A, B, "c" * 64), deep=True))
    assert [one.verdict for one in found.objects] == ["ok", "missing", "unknown"]
    assert found.read_bytes == 5
    discard = DiscardSpeech(kind="speech", names=(B,), actor="user_ada", actor_kind="admin")
    assert (await DiscardObjects(memory_book)(discard)).discarded == 1
    again = await look(InspectSpeech(kind="speech", names=(A, B)))
    assert [one.verdict for one in again.objects] == ["ok", "unknown"]
    entries = [m for m in memory_book.transactions.sent if isinstance(m, AuditRecorded)]
    assert [(e.action, e.subject, e.after) for e in entries] == [
        ("objects.discard", "objects:speech", {"discarded": 1})
    ]
