"""Sessions in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.rpc import SessionAudio
from ab_shared.contracts.speech import SpeechRecipe
from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, case, null, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.session_pages import listed, page_query
from ab_session.adapters.tables import SESSIONS, TRACKS
from ab_session.domain.brain_layer import BrainLayer
from ab_session.domain.paging import ANYTHING, Listed, Place, Sought
from ab_session.domain.session import Generation, Session

WRITTEN = ("title", "goal_tag", "lines", "voice_id")
LAYER = ("frequency_hz", "brainwave_state", "solfeggio_hz")
OLD = SESSIONS.c
AUDIO = ("recipe", "wanted_track", "track_address", "generated_at")

ADD = insert(SESSIONS).on_conflict_do_nothing()
FIND = (
    select(SESSIONS, TRACKS.c.asset)
    .select_from(SESSIONS.outerjoin(TRACKS, TRACKS.c.track_address == OLD.track_address))
    .where(OLD.id == bindparam("session_id"))
)
# Key share: inserting a job, which refers to the session, does not wait for this.
HOLD = FIND.with_for_update(key_share=True, of=SESSIONS)
FIND_MANY = (
    select(SESSIONS, TRACKS.c.asset)
    .select_from(SESSIONS.outerjoin(TRACKS, TRACKS.c.track_address == OLD.track_address))
    .where(OLD.id.in_(bindparam("session_ids", expanding=True)))
)
FIND_ALL_OF = (
    select(SESSIONS, TRACKS.c.asset)
    .select_from(SESSIONS.outerjoin(TRACKS, TRACKS.c.track_address == OLD.track_address))
    .where(OLD.owner_user_id == bindparam("user_id"))
    .order_by(OLD.id)
    .with_for_update(of=SESSIONS)
)


class SessionRows:
    """Implements ``Sessions``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> bool:
        """Inserts; False when the id is taken, after waiting for whoever is taking it."""
        return (await self._connection.execute(ADD, session_values(session))).rowcount == 1

    async def find(self, session_id: UUID, *, hold: bool = False) -> Session | None:
        """A session with the asset of its track."""
        query = HOLD if hold else FIND
        rows = await self._connection.execute(query, {"session_id": session_id})
        row = rows.mappings().one_or_none()
        return session_of(row) if row else None

    async def find_many(self, session_ids: Collection[UUID]) -> list[Session]:
        """Sessions with the assets of their tracks."""
        values = {"session_ids": list(session_ids)}
        rows = await self._connection.execute(FIND_MANY, values)
        return [session_of(row) for row in rows.mappings()]

    async def open_render(self, session: Session) -> None:
        """Writes what a new job changes."""
        values = session_values(session)
        names = ("generation", *AUDIO, "version", "updated_at")
        await self._connection.execute(
            SESSIONS.update()
            .where(OLD.id == session.id)
            .values({name: values[name] for name in names})
        )

    async def end_render(
        self, session_id: UUID, *, generation: Generation | None, track: str | None, at: datetime
    ) -> int | None:
        """One update, or two where a track is there already or no longer wanted."""
        this = SESSIONS.update().where(OLD.id == session_id)
        settled = {"generation": generation.value} if generation else {}
        if track is not None:
            news = and_(
                OLD.wanted_track == track,
                OLD.track_address.is_distinct_from(track),
            )
            changed = {
                "track_address": track,
                "generated_at": at,
                "updated_at": at,
                "version": OLD.version + 1,
            }
            statement = this.where(news).values({**settled, **changed})
            result = await self._connection.execute(statement.returning(OLD.version))
            version: int | None = result.scalar_one_or_none()
            if version is not None:
                return version
        if settled:
            await self._connection.execute(this.values(settled))
        return None

    async def lose_tracks(
        self, tracks: Sequence[str], at: datetime
    ) -> list[tuple[UUID, str | None, int]]:
        """One update."""
        lost = {"track_address": None, "generated_at": None}
        statement = SESSIONS.update().where(OLD.track_address.in_(tracks))
        statement = statement.values(**lost, updated_at=at, version=OLD.version + 1)
        wanted = statement.returning(OLD.id, OLD.owner_user_id, OLD.version)
        return [(row[0], row[1], row[2]) for row in await self._connection.execute(wanted)]

    async def page(
        self,
        user_id: str | None,
        limit: int,
        offset: int,
        behind: Place | None = None,
        sought: Sought = ANYTHING,
    ) -> list[Listed]:
        """One round trip."""
        query, wanted = page_query(user_id, limit, offset, behind, sought)
        rows = (await self._connection.execute(query, wanted)).mappings()
        return [listed(row) for row in rows]

    async def seed(self, sessions: Sequence[Session]) -> dict[UUID, int]:
        """One upsert each; a row that is as it should be is not touched."""
        versions: dict[UUID, int] = {}
        for position, session in enumerate(sessions):
            statement = insert(SESSIONS).values(
                {**session_values(session), "catalogue_position": position}
            )
            new = statement.excluded
            seen = (*WRITTEN, *LAYER, "catalogue_position")
            # A new title or place is no new sound: pin and audio stay.
            heard = _differs(("lines", "voice_id"), new)
            changed = {
                **{name: new[name] for name in (*seen, "updated_at")},
                **{name: case((heard, null()), else_=OLD[name]) for name in AUDIO},
                "version": OLD["version"] + 1,
            }
            statement = statement.on_conflict_do_update(
                index_elements=["id"], set_=changed, where=_differs(seen, new)
            )
            result = await self._connection.execute(statement.returning(OLD.version))
            version = result.scalar_one_or_none()
            if version is not None:
                versions[session.id] = version
        return versions


def _differs(names: Sequence[str], new: Any) -> ColumnElement[bool]:
    return or_(*(OLD[name].is_distinct_from(new[name]) for name in names))


def session_values(session: Session) -> dict[str, Any]:
    """The row of a session."""
    audio = session.audio
    return {
        "id": session.id,
        "owner_user_id": session.owner_user_id,
        "source": session.source,
        "title": session.title,
        "goal_tag": session.goal_tag,
        "lines": list(session.lines),
        "voice_id": session.voice_id,
        **asdict(session.layer),
        "generation": session.generation.value,
        "recipe": session.recipe.model_dump(mode="json") if session.recipe else None,
        "wanted_track": session.wanted_track,
        "track_address": audio.track_address if audio else None,
        "generated_at": audio.generated_at if audio else None,
        "version": session.version,
        "last_edit": session.last_edit,
        "created_at": session.created_at,
        "updated_at": session.updated_at,
    }


def session_of(row: RowMapping) -> Session:
    """The session that a row of these queries holds."""
    recipe = row["recipe"]
    return Session(
        id=row["id"],
        owner_user_id=row["owner_user_id"],
        source=row["source"],
        title=row["title"],
        goal_tag=row["goal_tag"],
        lines=tuple(row["lines"]),
        voice_id=row["voice_id"],
        layer=BrainLayer(**{name: row[name] for name in LAYER}),
        generation=Generation(row["generation"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        recipe=SpeechRecipe.model_validate(recipe) if recipe else None,
        wanted_track=row["wanted_track"],
        audio=_audio(row),
        version=row["version"],
        last_edit=row["last_edit"],
    )


def _audio(row: RowMapping) -> SessionAudio | None:
    if row["asset"] is None:
        return None
    return SessionAudio(
        track=AssetRef.model_validate(row["asset"]),
        track_address=row["track_address"],
        generated_at=row["generated_at"],
    )
