"""Erasures in Postgres, and who has which lines, tracks and files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import SpeechRecipe
from sqlalchemy import RowMapping, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.analytics_rows import forget_days_of
from ab_session.adapters.library_tables import (
    DELETED_SESSIONS,
    FAVOURITES,
    LEFT_SOUNDS,
    SHARES,
)
from ab_session.adapters.listening_rows import ListeningRows
from ab_session.adapters.listening_tables import (
    LISTENER_ZONES,
    LISTENING_EVENTS,
    LISTENING_TALLIES,
    SHOWN_RECIPES,
)
from ab_session.adapters.mixdown_rows import mixdown_job
from ab_session.adapters.moderation_privacy import forget_texts
from ab_session.adapters.notice_tables import NOTICES, PUSH_TOKENS
from ab_session.adapters.offline_tables import OFFLINE_LICENCES, OFFLINE_MANIFESTS
from ab_session.adapters.self_tables import (
    ENROLMENTS,
    LISTENER_VALUES,
    LISTENERS,
    PROGRAM_DAYS,
)
from ab_session.adapters.session_rows import FIND_ALL_OF, session_of
from ab_session.adapters.tables import ERASED_SOUNDS, ERASURES, MIXDOWN_JOBS, SESSIONS
from ab_session.adapters.writer_rows import forget_author
from ab_session.domain.erasing import Doomed, ErasedSound, Erasure, parts_of
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.session import Session

# One number for one lock of this database.
RELY = text("SELECT pg_advisory_xact_lock_shared(7061726603)")
HOLD = text("SELECT pg_advisory_xact_lock(7061726603)")
LINES_OF_OTHERS = text("""
    SELECT DISTINCT l.line, s.recipe::text AS recipe
    FROM unnest(CAST(:lines AS text[])) AS l(line)
    JOIN sessions AS s ON s.lines @> ARRAY[l.line]
    WHERE s.recipe IS NOT NULL AND s.owner_user_id IS DISTINCT FROM :user_id
""")
TRACKS_OF = text("""
    SELECT unnest(ARRAY[track_address, wanted_track]) AS track FROM sessions
    WHERE owner_user_id = :user_id
    UNION SELECT track_address FROM jobs WHERE owner_user_id = :user_id
""")
# Whichever of the two: somebody plays a track of old lines until that of the new ones is made.
TRACKS_OF_OTHERS = text("""
    SELECT track_address FROM sessions WHERE owner_user_id IS DISTINCT FROM :user_id
        AND track_address = ANY(CAST(:tracks AS text[]))
    UNION SELECT wanted_track FROM sessions WHERE owner_user_id IS DISTINCT FROM :user_id
        AND wanted_track = ANY(CAST(:tracks AS text[]))
""")
# Rows that are a user's (``user_id``) and bring no sound with them. What is held while others of
# its kind are written goes first: whoever writes at this moment is waited for, never in a circle.
OWN = (
    *(ENROLMENTS, PROGRAM_DAYS, LISTENERS, LISTENER_VALUES),
    *(LISTENING_EVENTS, LISTENING_TALLIES, LISTENER_ZONES, SHOWN_RECIPES),
    *(FAVOURITES, SHARES, DELETED_SESSIONS, LEFT_SOUNDS),
    *(NOTICES, PUSH_TOKENS, OFFLINE_MANIFESTS, OFFLINE_LICENCES),
)
MIXDOWN = MIXDOWN_JOBS.c
SOUND = ERASED_SOUNDS.c


class ErasingRows:
    """Implements ``Erasing``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rely_on_sounds(self) -> None:
        """A shared lock: those who rely on sounds never wait for each other."""
        await self._connection.execute(RELY)

    async def hold_sounds(self) -> None:
        """The same lock, alone."""
        await self._connection.execute(HOLD)

    async def begin(self, erasure_id: UUID, user_id: str, at: datetime) -> tuple[Erasure, bool]:
        """Inserts unless it is there."""
        values = {"id": erasure_id, "user_id": user_id, "erased_at": at, "counts": {}}
        statement = insert(ERASURES).values(values).on_conflict_do_nothing()
        new = (await self._connection.execute(statement)).rowcount == 1
        return await self.find(erasure_id) or Erasure(erasure_id, user_id, at), new

    async def find(self, erasure_id: UUID) -> Erasure | None:
        """By id."""
        query = select(ERASURES).where(ERASURES.c.id == erasure_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return Erasure(**row) if row else None

    async def sessions_of(self, user_id: str) -> Sequence[Session]:
        """By the index of users."""
        rows = await self._connection.execute(FIND_ALL_OF, {"user_id": user_id})
        return [session_of(row) for row in rows.mappings()]

    async def tracks_of(self, user_id: str) -> frozenset[str]:
        """By the indexes of users."""
        rows = await self._connection.execute(TRACKS_OF, {"user_id": user_id})
        return frozenset(track for track in rows.scalars() if track is not None)

    async def mixdowns_of(self, user_id: str) -> Sequence[Mixdown]:
        """Locked as they are by news of a file."""
        query = select(MIXDOWN_JOBS).where(MIXDOWN.owner_user_id == user_id)
        rows = await self._connection.execute(query.order_by(MIXDOWN.id).with_for_update())
        return [mixdown_job(row) for row in rows.mappings()]

    async def lines_of_others(
        self, user_id: str, lines: Collection[str]
    ) -> Sequence[tuple[str, SpeechRecipe]]:
        """By the index of lines."""
        wanted = {"user_id": user_id, "lines": list(lines)}
        rows = await self._connection.execute(LINES_OF_OTHERS, wanted)
        return [(row.line, SpeechRecipe.model_validate_json(row.recipe)) for row in rows]

    async def tracks_of_others(self, user_id: str, tracks: Collection[str]) -> frozenset[str]:
        """By the two indexes of tracks."""
        wanted = {"user_id": user_id, "tracks": list(tracks)}
        return frozenset((await self._connection.execute(TRACKS_OF_OTHERS, wanted)).scalars())

    async def mixdowns_of_others(self, user_id: str, files: Collection[str]) -> frozenset[str]:
        """By the index of files."""
        query = select(MIXDOWN.mixdown_address).where(
            MIXDOWN.mixdown_address.in_(files), MIXDOWN.owner_user_id != user_id
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def delete_user(self, user_id: str) -> Mapping[str, int]:
        """Jobs and the reads they wait for go with their sessions."""
        # Before the sessions, with which their texts go: whose else each is would not be known.
        texts = await forget_texts(self._connection, user_id)
        files = delete(MIXDOWN_JOBS).where(MIXDOWN.owner_user_id == user_id)
        sessions = delete(SESSIONS).where(SESSIONS.c.owner_user_id == user_id)
        return {
            "mixdown_jobs": (await self._connection.execute(files)).rowcount,
            "sessions": (await self._connection.execute(sessions)).rowcount,
            **texts,
            **await self.delete_own(user_id),
        }

    async def delete_own(self, user_id: str) -> dict[str, int]:
        """A statement a table."""
        counts: dict[str, int] = {}
        # Not only deleted: what they were in yesterday's numbers stays counted.
        if days := await forget_days_of(self._connection, user_id):
            counts["user_days"] = days
        # The texts stay: others are given what an administrator wrote.
        if prompts := await forget_author(self._connection, user_id):
            counts["prompt_versions"] = prompts
        await ListeningRows(self._connection).hold(user_id)
        for table in OWN:
            statement = delete(table).where(table.c.user_id == user_id)
            if deleted := (await self._connection.execute(statement)).rowcount:
                counts[table.name] = deleted
        return counts

    async def doom(self, erasure: Erasure, doomed: Doomed, counts: Mapping[str, int]) -> None:
        """One statement for the sounds, one for the counts."""
        same = {"erasure_id": erasure.id, "erased_at": erasure.erased_at}
        rows: list[dict[str, Any]] = [
            {"kind": kind, "name": name, "part": part, **same}
            for part, kind, names in parts_of(doomed)
            for name in names
        ]
        if rows:
            statement = insert(ERASED_SOUNDS)
            changed = {name: statement.excluded[name] for name in ("erased_at", "part")}
            upsert = statement.on_conflict_do_update(
                index_elements=["kind", "name", "erasure_id"], set_=changed
            )
            await self._connection.execute(upsert, rows)
        kept = ERASURES.update().where(ERASURES.c.id == erasure.id).values(counts=dict(counts))
        await self._connection.execute(kept)

    async def doomed(self, erasure_id: UUID) -> Sequence[ErasedSound]:
        """In one order."""
        query = select(ERASED_SOUNDS).where(SOUND.erasure_id == erasure_id)
        rows = await self._connection.execute(query.order_by(SOUND.kind, SOUND.name))
        return [_sound(row) for row in rows.mappings()]

    async def erased(self, kind: Kind, name: str) -> ErasedSound | None:
        """By the primary key; of several the newest."""
        query = select(ERASED_SOUNDS).where(SOUND.kind == kind, SOUND.name == name)
        newest = query.order_by(SOUND.erased_at.desc()).limit(1)
        row = (await self._connection.execute(newest)).mappings().one_or_none()
        return _sound(row) if row else None

    async def finish(self, erasure_id: UUID, forget_before: datetime) -> None:
        """The row stays, without a name: a message that comes again must not erase again."""
        over = ERASURES.update().where(ERASURES.c.id == erasure_id).values(user_id=None)
        await self._connection.execute(over)
        await self._connection.execute(delete(ERASED_SOUNDS).where(SOUND.erased_at < forget_before))


def _sound(row: RowMapping) -> ErasedSound:
    return ErasedSound(**row)
