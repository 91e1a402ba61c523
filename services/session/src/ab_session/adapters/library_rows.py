"""Edits, deletions, favourites and links in Postgres."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ab_shared.contracts.speech import SpeechRecipe
from sqlalchemy import Row, RowMapping, delete, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.library_tables import DELETED_SESSIONS, FAVOURITES, LEFT_SOUNDS, SHARES
from ab_session.adapters.mixdown_rows import mixdown_job
from ab_session.adapters.session_rows import session_values
from ab_session.adapters.session_there import session_there
from ab_session.adapters.tables import JOBS, MIXDOWN_JOBS, MIXDOWN_LIVE, SESSIONS
from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import LeftSounds
from ab_session.domain.job import Stage
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.session import Session
from ab_session.domain.sharing import ShareLink

# What stays as it was made, whatever is edited.
BORN_WITH = frozenset({"id", "owner_user_id", "source", "created_at"})
SHARE = SHARES.c
LEAVE_TRACKS = text("""
    INSERT INTO left_sounds (id, user_id, kind, name, left_at)
    SELECT gen_random_uuid(), :user_id, kind, name, CAST(:at AS timestamptz) FROM (
        SELECT 'track' AS kind, track_address AS name FROM jobs WHERE session_id = :session_id
        UNION SELECT 'mixdown', mixdown_address FROM mixdown_jobs
        WHERE session_id = :session_id AND owner_user_id = :user_id
    ) AS left_behind
""")


class LibraryRows:
    """Implements ``Library``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rewrite(self, session: Session) -> None:
        """One update."""
        values = session_values(session)
        changed = {name: value for name, value in values.items() if name not in BORN_WITH}
        await self._connection.execute(
            SESSIONS.update().where(SESSIONS.c.id == session.id).values(changed)
        )

    async def paid(self, session_id: UUID) -> bool:
        """By its jobs: one that held a generation and got ready."""
        job = JOBS.c
        kept = exists().where(
            job.session_id == session_id, job.holds_generation, job.stage == Stage.READY.value
        )
        return bool(await self._connection.scalar(select(kept)))

    async def bury(self, session: Session, at: datetime) -> None:
        """Everything that refers to the session goes with its row."""
        user_id = session.owner_user_id or ""
        asked = {"session_id": session.id, "user_id": user_id, "at": at}
        await self._connection.execute(LEAVE_TRACKS, asked)
        await self._connection.execute(
            insert(DELETED_SESSIONS).values(session_id=session.id, user_id=user_id, deleted_at=at)
        )
        await self._connection.execute(delete(SESSIONS).where(SESSIONS.c.id == session.id))

    async def buried(self, session_id: UUID) -> str | None:
        """By id."""
        column = DELETED_SESSIONS.c
        query = select(column.user_id).where(column.session_id == session_id)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def leave_lines(self, user_id: str, lines: Iterable[Spoken], at: datetime) -> None:
        """One statement."""
        rows = [
            {
                "id": uuid4(),
                "user_id": user_id,
                "kind": "line",
                "name": line,
                "recipe": recipe.model_dump(mode="json"),
                "left_at": at,
            }
            for line, recipe in lines
        ]
        if rows:
            await self._connection.execute(insert(LEFT_SOUNDS), rows)

    async def left_sounds(self, user_id: str) -> LeftSounds:
        """By the index of users."""
        query = select(LEFT_SOUNDS).where(LEFT_SOUNDS.c.user_id == user_id)
        rows = (await self._connection.execute(query)).all()
        return left_sounds(rows)

    async def live_mixdowns(self, session_id: UUID) -> Sequence[Mixdown]:
        """Not held: their files are, one after the other."""
        job = MIXDOWN_JOBS.c
        query = select(MIXDOWN_JOBS).where(job.session_id == session_id, text(MIXDOWN_LIVE))
        rows = await self._connection.execute(query.order_by(job.mixdown_address, job.id))
        return [mixdown_job(row) for row in rows.mappings()]

    async def mark(self, user_id: str, session_id: UUID, at: datetime) -> None:
        """Inserts unless it is there."""
        row = {"user_id": user_id, "session_id": session_id, "created_at": at}
        statement = insert(FAVOURITES).values(row).on_conflict_do_nothing()
        with session_there():
            await self._connection.execute(statement)

    async def unmark(self, user_id: str, session_id: UUID) -> None:
        """One delete."""
        column = FAVOURITES.c
        mine = delete(FAVOURITES).where(column.user_id == user_id)
        await self._connection.execute(mine.where(column.session_id == session_id))

    async def add_link(self, link: ShareLink) -> None:
        """One insert."""
        values: dict[str, Any] = {name: getattr(link, name) for name in ShareLink.__slots__}
        await self._connection.execute(insert(SHARES).values(values))

    async def links(self, session_id: UUID, at: datetime) -> Sequence[ShareLink]:
        """By the index of sessions."""
        query = select(SHARES).where(SHARE.session_id == session_id, SHARE.expires_at > at)
        rows = await self._connection.execute(query.order_by(SHARE.created_at.desc(), SHARE.id))
        return [_link(row) for row in rows.mappings()]

    async def cut_link(self, session_id: UUID, share_id: UUID) -> None:
        """The row goes: a revoked token is like one that never was."""
        await self._connection.execute(
            delete(SHARES).where(SHARE.id == share_id, SHARE.session_id == session_id)
        )

    async def link(self, token_hash: str) -> ShareLink | None:
        """By the unique index of hashes."""
        query = select(SHARES).where(SHARE.token_hash == token_hash)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return _link(row) if row else None


def left_sounds(rows: Sequence[Row[Any]]) -> LeftSounds:
    """What rows of ``left_sounds`` hold."""
    return LeftSounds(
        lines=tuple(
            (row.name, SpeechRecipe.model_validate(row.recipe))
            for row in rows
            if row.kind == "line"
        ),
        tracks=frozenset(row.name for row in rows if row.kind == "track"),
        mixdowns=frozenset(row.name for row in rows if row.kind == "mixdown"),
    )


def _link(row: RowMapping) -> ShareLink:
    return ShareLink(**row)
