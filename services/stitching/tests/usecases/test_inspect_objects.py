"""Single sounds are looked at, and given up for a reason that the trail keeps."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import TrackRendered
from ab_shared.contracts.inspecting import DiscardAudio, InspectAudio
from ab_shared.contracts.media import AssetRef
from ab_shared.errors import ValidationFailed
from ab_shared.storage.keys import track_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.usecases.inspect_objects import DiscardObjects, InspectObjects

A, B = "a" * 64, "b" * 64


async def keep_track(library: Any, blobs: MemoryBlobs) -> None:
    await blobs.put(track_key(A), b"a file", "audio/mp4")
    info = await blobs.head(track_key(A))
    assert info is not None
    assert info.sha256 is not None
    track = TrackRendered(
        track_address=A,
        asset=AssetRef(key=info.key, bytes=info.bytes, sha256=info.sha256, duration_ms=1),
        loudness_lufs=-20.0,
        true_peak_dbtp=-2.0,
        segments=(),
        engine_mode="splice",
        profile_version="voice-1",
        render_ms=1,
    )
    async with library.begin() as unit:
        await unit.keep_track(track)


async def test_sounds_are_looked_at_by_name(memory_library: Any) -> None:
    blobs = MemoryBlobs()
    await keep_track(memory_library, blobs)
    look = InspectObjects(memory_library, {"track": blobs})
    found = await look(InspectAudio(kind="track", names=(B, A), deep=True))
    assert [(one.name, one.verdict) for one in found.objects] == [(B, "unknown"), (A, "ok")]
    await blobs.delete(track_key(A))
    (gone,) = (await look(InspectAudio(kind="track", names=(A,)))).objects
    assert (gone.verdict, gone.bytes, gone.stored_bytes) == ("missing", 6, None)
    with pytest.raises(ValidationFailed):
        await look(InspectAudio(kind="speech", names=(A,)))


async def test_what_is_given_up_is_made_anew_and_its_object_stays_till_then(
    memory_library: Any,
) -> None:
    blobs = MemoryBlobs()
    await keep_track(memory_library, blobs)
    discard = DiscardObjects(memory_library, frozenset({"track"}))
    asked = DiscardAudio(
        kind="track", names=(A, B), actor="user_ada", actor_kind="admin", reason="it crackles"
    )
    assert (await discard(asked)).discarded == 1
    assert (await discard(asked)).discarded == 0
    assert track_key(A) in blobs.objects
    async with memory_library.begin() as unit:
        assert await unit.track(A) is None
    entries = [m for m in memory_library.transactions.sent if isinstance(m, AuditRecorded)]
    said = (entries[0].action, entries[0].actor_kind, entries[0].after, entries[0].reason)
    assert said == ("objects.discard", "admin", {"discarded": 1}, "it crackles")
    with pytest.raises(ValidationFailed):
        await discard(asked.model_copy(update={"kind": "speech"}))
