"""Licences and what was handed out under them, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.media import AssetRef
from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.offline_tables import OFFLINE_LICENCES, OFFLINE_MANIFESTS
from ab_session.adapters.session_rows import session_of
from ab_session.adapters.tables import MIXDOWN_JOBS, MIXDOWNS, SESSIONS, TRACKS
from ab_session.domain.mixdown import LIVE, MixdownStage
from ab_session.domain.offline import Handed
from ab_session.domain.session import Session

LICENCE = OFFLINE_LICENCES.c
HANDED = OFFLINE_MANIFESTS.c
JOB = MIXDOWN_JOBS.c
FILE = MIXDOWNS.c
# Of one session: a device that was away for longer asks for everything.
VERSIONS_KEPT = 8
# The files of tracks that their sessions have, or will have, whose owners may keep files.
# One look into an index for each file: as a join it would be planned by what is guessed of the
# alternatives, and was done for every pair of a file and a job.
WANTED = (
    select(JOB.id)
    .select_from(
        MIXDOWN_JOBS.join(SESSIONS, SESSIONS.c.id == JOB.session_id).outerjoin(
            OFFLINE_LICENCES, LICENCE.user_id == JOB.owner_user_id
        )
    )
    .where(
        JOB.mixdown_address == FILE.mixdown_address,
        JOB.stage.in_([stage.value for stage in LIVE])
        | (
            (JOB.stage == MixdownStage.READY.value)
            & LICENCE.lapsed_at.is_(None)
            & JOB.track_address.in_([SESSIONS.c.track_address, SESSIONS.c.wanted_track])
        ),
    )
    .correlate(MIXDOWNS)
    .limit(1)
    .scalar_subquery()
    .is_not(None)
)
PRUNE = text("""
    DELETE FROM offline_manifests WHERE user_id = :user_id AND session_id = :session_id
    AND version NOT IN (
        SELECT version FROM offline_manifests
        WHERE user_id = :user_id AND session_id = :session_id
        ORDER BY handed_at DESC LIMIT :kept
    )
""")
SHELF = text("""
    SELECT session_id, version, handed_at FROM (
        SELECT DISTINCT ON (session_id) session_id, version, handed_at FROM offline_manifests
        WHERE user_id = :user_id ORDER BY session_id, handed_at DESC
    ) AS latest ORDER BY handed_at DESC, session_id LIMIT :limit
""")


class OfflineRows:
    """Implements ``Offline``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def licensed(self, user_id: str, expires_at: datetime, at: datetime) -> None:
        """One row a user."""
        values = {"expires_at": expires_at, "lapsed_at": None, "checked_at": at}
        statement = insert(OFFLINE_LICENCES).values(user_id=user_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
        )

    async def lapse(self, user_id: str, at: datetime) -> datetime | None:
        """The first instant counts."""
        since = func.coalesce(LICENCE.lapsed_at, at)
        statement = OFFLINE_LICENCES.update().where(LICENCE.user_id == user_id)
        lapsed = statement.values(lapsed_at=since, checked_at=at).returning(LICENCE.lapsed_at)
        found: datetime | None = (await self._connection.execute(lapsed)).scalar_one_or_none()
        return found

    async def keeps(self, user_id: str) -> bool:
        """By the primary key."""
        query = select(exists().where(LICENCE.user_id == user_id))
        return bool((await self._connection.execute(query)).scalar_one())

    async def run_out(self, now: datetime, limit: int) -> Sequence[str]:
        """By the index of those that have not lapsed."""
        due = select(LICENCE.user_id).where(LICENCE.expires_at <= now, LICENCE.lapsed_at.is_(None))
        rows = await self._connection.execute(due.order_by(LICENCE.expires_at).limit(limit))
        return rows.scalars().all()

    async def hand_out(
        self, user_id: str, session_id: UUID, version: str, assets: Mapping[str, str], at: datetime
    ) -> None:
        """One upsert; only a version that is new can make others too many."""
        mine = {"user_id": user_id, "session_id": session_id}
        statement = insert(OFFLINE_MANIFESTS).values(
            **mine, version=version, assets=dict(assets), handed_at=at
        )
        statement = statement.on_conflict_do_update(
            index_elements=["user_id", "session_id", "version"],
            # Clocks of instances differ: the one handed out last must not seem to be the older.
            set_={"handed_at": func.greatest(HANDED.handed_at, at)},
        )
        await self._connection.execute(statement)
        await self._connection.execute(PRUNE, {**mine, "kept": VERSIONS_KEPT})

    async def handed(
        self, user_id: str, session_id: UUID, version: str
    ) -> Mapping[str, str] | None:
        """By the primary key."""
        query = select(HANDED.assets).where(
            HANDED.user_id == user_id, HANDED.session_id == session_id, HANDED.version == version
        )
        found: Mapping[str, str] | None = (
            await self._connection.execute(query)
        ).scalar_one_or_none()
        return found

    async def shelf(self, user_id: str, limit: int) -> Sequence[Handed]:
        """By the primary key."""
        rows = await self._connection.execute(SHELF, {"user_id": user_id, "limit": limit})
        return [Handed(**row) for row in rows.mappings()]

    async def forget(self, user_id: str, session_id: UUID) -> bool:
        """All its versions."""
        mine = delete(OFFLINE_MANIFESTS).where(
            HANDED.user_id == user_id, HANDED.session_id == session_id
        )
        return (await self._connection.execute(mine)).rowcount > 0

    async def sessions(self, session_ids: Collection[UUID]) -> Mapping[UUID, Session]:
        """With their tracks."""
        joined = SESSIONS.outerjoin(TRACKS, TRACKS.c.track_address == SESSIONS.c.track_address)
        query = select(SESSIONS, TRACKS.c.asset).select_from(joined)
        rows = await self._connection.execute(query.where(SESSIONS.c.id.in_(session_ids)))
        return {row["id"]: session_of(row) for row in rows.mappings()}

    async def files(
        self, user_id: str, session_ids: Collection[UUID]
    ) -> Sequence[tuple[UUID, str, str, AssetRef]]:
        """Each file of a track once, however often it was asked for."""
        same = (JOB.session_id, JOB.track_address, FILE.mixdown_address, FILE.asset)
        query = (
            select(*same)
            .join(MIXDOWN_JOBS, JOB.mixdown_address == FILE.mixdown_address)
            .where(
                JOB.session_id.in_(session_ids),
                JOB.owner_user_id == user_id,
                JOB.stage == MixdownStage.READY.value,
            )
            .group_by(*same)
            .order_by(func.max(JOB.finished_at).desc(), FILE.mixdown_address)
        )
        rows = await self._connection.execute(query)
        return [(row[0], row[1], row[2], AssetRef.model_validate(row[3])) for row in rows]

    async def mark_unwanted(self, at: datetime) -> None:
        """Two statements; a file that is being made has a live job."""
        marked = FILE.unwanted_since.is_not(None)
        unmark = MIXDOWNS.update().where(marked, WANTED).values(unwanted_since=None)
        await self._connection.execute(unmark)
        mark = MIXDOWNS.update().where(~marked, ~WANTED).values(unwanted_since=at)
        await self._connection.execute(mark)

    async def abandon(self, session_id: UUID, since: datetime) -> None:
        """Where somebody else wants one all the same, the next look takes the mark away."""
        made = select(JOB.mixdown_address).where(JOB.session_id == session_id)
        gone = MIXDOWNS.update().where(FILE.mixdown_address.in_(made))
        await self._connection.execute(gone.values(unwanted_since=since))

    async def drop_unwanted(self, before: datetime, limit: int) -> Sequence[str]:
        """Looks again: what was marked may be wanted since."""
        old = select(FILE.mixdown_address).where(FILE.unwanted_since < before, ~WANTED)
        gone = delete(MIXDOWNS).where(FILE.mixdown_address.in_(old.limit(limit)))
        rows = await self._connection.execute(gone.returning(FILE.mixdown_address))
        return sorted(rows.scalars().all())

    async def tidy(self, before: datetime) -> int:
        """Two statements."""
        gone = ~exists().where(SESSIONS.c.id == HANDED.session_id)
        lapsed = select(LICENCE.user_id).where(LICENCE.lapsed_at < before)
        old = delete(OFFLINE_MANIFESTS).where(
            HANDED.handed_at < before, gone | HANDED.user_id.in_(lapsed)
        )
        return (await self._connection.execute(old)).rowcount
