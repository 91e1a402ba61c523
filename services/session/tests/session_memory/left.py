"""What edits and deletions left behind, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import Doomed, LeftSounds
from ab_shared.contracts.speech import SpeechRecipe


@dataclass(frozen=True, slots=True)
class LeftRow:
    """As a row of ``left_sounds``."""

    user_id: str
    kind: str
    name: str
    recipe: SpeechRecipe | None
    left_at: datetime


def left_sounds(rows: Iterable[LeftRow]) -> LeftSounds:
    held = list(rows)
    return LeftSounds(
        lines=tuple((r.name, r.recipe) for r in held if r.kind == "line" and r.recipe),
        tracks=frozenset(r.name for r in held if r.kind == "track"),
        mixdowns=frozenset(r.name for r in held if r.kind == "mixdown"),
    )


class MemoryLeft:
    """Implements ``Left`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    async def leave_tracks(self, user_id: str, tracks: Collection[str], at: datetime) -> None:
        for track in tracks:
            self._rows.left[uuid4()] = LeftRow(user_id, "track", track, None, at)

    async def due(self, before: datetime) -> bool:
        return any(row.left_at < before for row in self._rows.left.values())

    async def take(self, before: datetime, limit: int) -> LeftSounds:
        old = [(row.left_at, key) for key, row in self._rows.left.items() if row.left_at < before]
        return left_sounds([self._rows.left.pop(key) for _, key in sorted(old)[:limit]])

    async def lines_in_use(self, lines: Collection[str]) -> list[Spoken]:
        sessions = self._rows.sessions.values()
        used = [(line, s.recipe) for s in sessions if s.recipe for line in s.lines]
        used += left_sounds(self._rows.left.values()).lines
        return [(line, recipe) for line, recipe in used if line in lines]

    async def in_use(self, sounds: Doomed) -> Doomed:
        rows = self._rows
        left = left_sounds(rows.left.values())
        reads = [read for waiting in rows.reads.values() for read in waiting]
        jobs = [*rows.jobs.values(), *rows.mixdown_jobs.values()]
        tracks = {job.track_address for job in jobs if job.live}
        for session in rows.sessions.values():
            tracks |= {session.wanted_track, session.audio and session.audio.track_address}
        files = {job.mixdown_address for job in rows.mixdown_jobs.values()}
        return Doomed(
            sounds.speech & {read.speech_address for read in reads},
            sounds.prepared & {read.prepared_address for read in reads},
            sounds.tracks & (tracks | left.tracks),
            sounds.mixdowns & (files | left.mixdowns),
        )
