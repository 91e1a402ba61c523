"""What edits and deletions left behind, and who else needs it, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from ab_shared.contracts.speech import SpeechRecipe
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    delete,
    exists,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.library_rows import left_sounds
from ab_session.adapters.library_tables import LEFT_SOUNDS
from ab_session.adapters.tables import JOB_READS, JOBS, LIVE, MIXDOWN_JOBS, MIXDOWN_LIVE, SESSIONS
from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import Doomed, LeftSounds

LEFT = LEFT_SOUNDS.c
# One statement each, so one moment: whoever deletes a session meanwhile holds no lock, and either
# still has it or has left it behind already.
LINES_IN_USE = text("""
    SELECT DISTINCT l.line, s.recipe::text AS recipe
    FROM unnest(CAST(:lines AS text[])) AS l(line)
    JOIN sessions AS s ON s.lines @> ARRAY[l.line]
    WHERE s.recipe IS NOT NULL
    UNION
    SELECT name, recipe::text FROM left_sounds
    WHERE kind = 'line' AND name = ANY(CAST(:lines AS text[]))
""")


class LeftRows:
    """Implements ``Left``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def leave_tracks(self, user_id: str, tracks: Collection[str], at: datetime) -> None:
        """One statement."""
        same = {"user_id": user_id, "kind": "track", "left_at": at}
        rows = [{"id": uuid4(), "name": track, **same} for track in sorted(tracks)]
        if rows:
            await self._connection.execute(insert(LEFT_SOUNDS), rows)

    async def due(self, before: datetime) -> bool:
        """By the index of times."""
        return bool(await self._connection.scalar(select(exists().where(LEFT.left_at < before))))

    async def take(self, before: datetime, limit: int) -> LeftSounds:
        """One delete."""
        oldest = select(LEFT.id).where(LEFT.left_at < before).order_by(LEFT.left_at).limit(limit)
        gone = delete(LEFT_SOUNDS).where(LEFT.id.in_(oldest)).returning(*LEFT)
        return left_sounds((await self._connection.execute(gone)).all())

    async def lines_in_use(self, lines: Collection[str]) -> Sequence[Spoken]:
        """By the indexes of lines."""
        rows = await self._connection.execute(LINES_IN_USE, {"lines": list(lines)})
        return [(row.line, SpeechRecipe.model_validate_json(row.recipe)) for row in rows]

    async def in_use(self, sounds: Doomed) -> Doomed:
        """One union over indexes."""
        rows = (await self._connection.execute(_in_use(sounds))).all()
        found = {
            kind: frozenset(row.name for row in rows if row.kind == kind)
            for kind in ("speech", "prepared", "track", "mixdown")
        }
        return Doomed(found["speech"], found["prepared"], found["track"], found["mixdown"])


def _in_use(sounds: Doomed) -> CompoundSelect[Any]:
    tracks, files = sounds.tracks, sounds.mixdowns
    return union_all(
        _found("speech", JOB_READS.c.speech_address, sounds.speech),
        _found("prepared", JOB_READS.c.prepared_address, sounds.prepared),
        _found("track", SESSIONS.c.track_address, tracks),
        _found("track", SESSIONS.c.wanted_track, tracks),
        _found("track", JOBS.c.track_address, tracks).where(text(LIVE)),
        _found("track", MIXDOWN_JOBS.c.track_address, tracks).where(text(MIXDOWN_LIVE)),
        # A file that any job names is looked after by the mark and sweep of offline files.
        _found("mixdown", MIXDOWN_JOBS.c.mixdown_address, files),
        *(
            _found(kind, LEFT.name, names).where(LEFT.kind == kind)
            for kind, names in (("track", tracks), ("mixdown", files))
        ),
    )


def _found(kind: str, name: ColumnElement[Any], names: Collection[str]) -> Select[Any]:
    return select(literal(kind).label("kind"), name.label("name")).where(name.in_(names))
