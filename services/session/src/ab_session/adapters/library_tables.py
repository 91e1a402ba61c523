"""The tables of what listeners do with sessions: favourites, links, and what is no longer there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, Row

OF_SESSION = "sessions.id"


class FavouriteRow(Row, table=True):
    """A session somebody marked, their own or one of the catalogue."""

    __tablename__ = "favourites"

    user_id: str = Field(primary_key=True, sa_type=Text)
    session_id: UUID = Field(
        primary_key=True, index=True, sa_column_args=[ForeignKey(OF_SESSION, ondelete="CASCADE")]
    )
    created_at: datetime = Field(sa_type=INSTANT)


class ShareRow(Row, table=True):
    """A link to a session; of its token only the SHA-256 is kept, and a revoked one is gone."""

    __tablename__ = "shares"

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text, index=True)
    session_id: UUID = Field(
        index=True, sa_column_args=[ForeignKey(OF_SESSION, ondelete="CASCADE")]
    )
    token_hash: str = Field(sa_type=Text, unique=True)
    created_at: datetime = Field(sa_type=INSTANT)
    expires_at: datetime = Field(sa_type=INSTANT)


class DeletedSessionRow(Row, table=True):
    """That a session was deleted, so that a retry from long ago does not make it again."""

    __tablename__ = "deleted_sessions"

    session_id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text, index=True)
    deleted_at: datetime = Field(sa_type=INSTANT)


class LeftSoundRow(Row, table=True):
    """What an edit or a deletion left behind: a line and how it was spoken, a track or a file.

    ``name`` is the line itself, for whose else it is can only be told by its text; else an address.
    """

    __tablename__ = "left_sounds"
    __table_args__ = (
        Index("left_sounds_by_time", "left_at"),
        # Lines are as long as they like: an index of hashes has no bound on them.
        Index("left_sounds_by_name", "name", postgresql_using="hash"),
    )

    id: UUID = Field(primary_key=True)
    user_id: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    recipe: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    left_at: datetime = Field(sa_type=INSTANT)


FAVOURITES = METADATA.tables["favourites"]
SHARES = METADATA.tables["shares"]
DELETED_SESSIONS = METADATA.tables["deleted_sessions"]
LEFT_SOUNDS = METADATA.tables["left_sounds"]
