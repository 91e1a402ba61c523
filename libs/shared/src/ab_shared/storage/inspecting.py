"""Looks at stored objects one by one: are they there, are they what their rows say?"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

from ab_shared.contracts.inspecting import InspectedObject, InspectedObjects, Verdict
from ab_shared.errors import ObjectMissing
from ab_shared.storage.ports import DEFAULT_MAX_BYTES, Blobs, ObjectInfo
from ab_shared.storage.reconciling import HEADS_AT_ONCE, Named


async def inspect(
    blobs: Blobs, rows: Sequence[Named], names: Sequence[str], *, deep: bool, budget_bytes: int
) -> InspectedObjects:
    """One verdict a name, in their order.

    With ``deep`` the bytes are hashed, one object after the other so that memory holds one, until
    ``budget_bytes`` are spent; what is larger than 64 MiB is not read.

    Raises:
        DependencyUnavailable: the store did not answer; nothing is known then.
    """
    by_name = {row.name: row for row in rows}
    infos = await _heads(blobs, by_name)
    found: list[InspectedObject] = []
    spent = 0
    for name in names:
        row, info = by_name.get(name), infos.get(name)
        seen = _seen(name, row, info)
        fits = info is not None and info.bytes <= min(budget_bytes - spent, DEFAULT_MAX_BYTES)
        if deep and fits and info is not None and seen.verdict == "ok":
            seen = await _hashed(blobs, seen, info)
            spent += info.bytes
        found.append(seen)
    return InspectedObjects(objects=tuple(found), read_bytes=spent)


async def _heads(blobs: Blobs, rows: Mapping[str, Named]) -> dict[str, ObjectInfo | None]:
    busy = asyncio.Semaphore(HEADS_AT_ONCE)

    async def head(row: Named) -> ObjectInfo | None:
        async with busy:
            return await blobs.head(row.key)

    return dict(zip(rows, await asyncio.gather(*map(head, rows.values())), strict=True))


def _seen(name: str, row: Named | None, info: ObjectInfo | None) -> InspectedObject:
    return InspectedObject(
        name=name,
        verdict=_verdict(row, info),
        bytes=row.bytes if row else None,
        sha256=row.sha256 if row else None,
        stored_bytes=info.bytes if info else None,
        stored_sha256=info.sha256 if info else None,
    )


def _verdict(row: Named | None, info: ObjectInfo | None) -> Verdict:
    if row is None:
        return "unknown"
    if info is None:
        return "missing"
    if info.bytes == 0:
        return "empty"
    if row.bytes not in {None, info.bytes}:
        return "wrong_size"
    # A writer that left no hash is believed until the bytes are read.
    told = {row.sha256, info.sha256} - {None}
    return "ok" if len(told) <= 1 else "wrong_hash"


async def _hashed(blobs: Blobs, seen: InspectedObject, info: ObjectInfo) -> InspectedObject:
    try:
        data = await blobs.get(info.key)
    except ObjectMissing:
        return seen.model_copy(update={"verdict": "missing"})
    digest = (await asyncio.to_thread(hashlib.sha256, data)).hexdigest()
    told = seen.sha256 or seen.stored_sha256
    verdict = "ok" if told in {None, digest} else "wrong_hash"
    return seen.model_copy(update={"hashed": digest, "verdict": verdict})
