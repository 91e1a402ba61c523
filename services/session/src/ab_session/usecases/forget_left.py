"""Has sounds deleted that edits and deletions left behind, when nobody needs them any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from ab_shared.contracts.privacy import MAX_ERASED
from ab_shared.runtime.clock import Clock
from prometheus_client import Counter

from ab_session.domain.erasing import (
    Doomed,
    ErasedSound,
    LeftSounds,
    commands_of,
    parts_of,
    reads_of,
)
from ab_session.ports import Store, Unit

# Creates wait while a batch is worked out, so batches are small; a sweep does several.
BATCH, MOST_BATCHES = MAX_ERASED, 50
ROWS = Counter(
    "ab_session_left_rows_total", "Lines, tracks and files that were left behind and forgotten."
)
SOUNDS = Counter(
    "ab_session_left_sounds_total",
    "Sounds that were left behind, by kind: told to be deleted, or kept as somebody needs them.",
    ("kind", "outcome"),
)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ForgetLeft:
    """What is taken back within ``grace`` costs nothing; after it the text goes with the sound.

    ``key`` is the deployment's key for content addresses. Several instances may sweep at once.
    """

    store: Store
    key: bytes
    clock: Clock
    grace: timedelta

    async def __call__(self) -> int:
        """How many sounds are to be deleted; one transaction a batch, fifty batches at most."""
        deleted = 0
        for _ in range(MOST_BATCHES):
            at = self.clock()
            async with self.store.begin() as unit:
                due = await unit.left.due(at - self.grace)
            if not due:
                break
            deleted += await self._batch(at)
        return deleted

    async def _batch(self, at: datetime) -> int:
        async with self.store.begin() as unit:
            # First, as for an erasure: whoever builds on one of these sounds has said so by now.
            await unit.erasing.hold_sounds()
            left = await unit.left.take(at - self.grace, BATCH)
            found, doomed = await self._doomed(unit, left)
            await unit.sounds.forget_reads(doomed.speech, doomed.prepared)
            await unit.sounds.forget("track", sorted(doomed.tracks))
            await unit.sounds.forget("mixdown", sorted(doomed.mixdowns))
            for command in commands_of(self._sounds(doomed, at)):
                await unit.send(command)
        return _count(left, found, doomed)

    async def _doomed(self, unit: Unit, left: LeftSounds) -> tuple[Doomed, Doomed]:
        """All that was left, and what of it nobody needs.

        A line that was left once more, later and by anybody, goes with the last one of these.
        """
        spoken = reads_of(self.key, left.lines)
        found = replace(spoken, tracks=left.tracks, mixdowns=left.mixdowns)
        lines = sorted({line for line, _ in left.lines})
        kept = reads_of(self.key, await unit.left.lines_in_use(lines))
        return found, found - kept - await unit.left.in_use(found)

    def _sounds(self, doomed: Doomed, at: datetime) -> Sequence[ErasedSound]:
        # An erasure of nobody's, whose reports nobody waits for. Every wish for these sounds is
        # older than the grace, so clocks of instances may differ by half of it.
        erasure_id, erased_at = uuid4(), at - self.grace / 2
        return [
            ErasedSound(kind, name, erasure_id, erased_at, part)
            for part, kind, names in parts_of(doomed)
            for name in names
        ]


def _count(left: LeftSounds, found: Doomed, doomed: Doomed) -> int:
    ROWS.inc(len(left.lines) + len(left.tracks) + len(left.mixdowns))
    total = 0
    for kind in ("speech", "prepared", "tracks", "mixdowns"):
        deleted = len(getattr(doomed, kind))
        total += deleted
        SOUNDS.labels(kind, "deleted").inc(deleted)
        SOUNDS.labels(kind, "kept").inc(len(getattr(found, kind)) - deleted)
    if total:
        logger.info("Sounds that were left behind are deleted", extra={"sounds": total})
    return total
