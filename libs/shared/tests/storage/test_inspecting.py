"""What is said of a stored object is what is there."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from ab_shared.contracts.inspecting import InspectedObject, Verdict
from ab_shared.storage.inspecting import inspect
from ab_shared.storage.ports import DEFAULT_MAX_BYTES
from ab_shared.storage.reconciling import Named
from ab_shared.testing.memory_store import MemoryBlobs

SOUND = b"a sound"
ROW = Named("a", "reads/a", len(SOUND), hashlib.sha256(SOUND).hexdigest())


class RottingBlobs(MemoryBlobs):
    """What is said of its objects is what was written; the bytes are others by now."""

    async def get(self, key: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
        return (await super().get(key, max_bytes=max_bytes)).upper()


async def look(blobs: MemoryBlobs, row: Named | None, *, deep: bool = False) -> InspectedObject:
    rows = [row] if row else []
    found = await inspect(blobs, rows, ["a"], deep=deep, budget_bytes=1000)
    (one,) = found.objects
    assert found.read_bytes == (len(SOUND) if one.hashed else 0)
    return one


@pytest.mark.parametrize(
    ("row", "stored", "verdict"),
    [
        (ROW, SOUND, "ok"),
        (replace(ROW, bytes=None, sha256=None), SOUND, "ok"),
        (None, SOUND, "unknown"),
        (ROW, None, "missing"),
        (ROW, b"", "empty"),
        (ROW, b"another sound", "wrong_size"),
        (ROW, b"b sound", "wrong_hash"),
    ],
)
async def test_verdicts(row: Named | None, stored: bytes | None, verdict: Verdict) -> None:
    blobs = MemoryBlobs()
    if stored is not None:
        await blobs.put(ROW.key, stored, "audio/mp4")
    assert (await look(blobs, row)).verdict == verdict


async def test_only_a_deep_look_sees_bytes_that_rotted_where_they_lie() -> None:
    blobs = RottingBlobs()
    await blobs.put(ROW.key, SOUND, "audio/mp4")
    assert (await look(blobs, ROW)).verdict == "ok"
    seen = await look(blobs, ROW, deep=True)
    assert seen.verdict == "wrong_hash"
    assert seen.hashed == hashlib.sha256(b"A SOUND").hexdigest()


async def test_a_deep_look_reads_no_more_than_it_may() -> None:
    blobs = MemoryBlobs()
    names = [f"{number}" for number in range(5)]
    rows = [Named(name, f"reads/{name}") for name in names]
    for row in rows:
        await blobs.put(row.key, SOUND, "audio/mp4")
    found = await inspect(blobs, rows, names, deep=True, budget_bytes=2 * len(SOUND) + 1)
    assert [bool(one.hashed) for one in found.objects] == [True, True, False, False, False]
    assert found.read_bytes == 2 * len(SOUND)
    assert {one.verdict for one in found.objects} == {"ok"}
