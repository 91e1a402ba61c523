"""The tables of what was handed out to be kept offline, and until when it may be played."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, Row


class OfflineLicenceRow(Row, table=True):
    """Until when a listener may play what they keep; ``lapsed_at`` is when the plan was gone."""

    __tablename__ = "offline_licences"
    __table_args__ = (
        Index(
            "offline_licences_due",
            "expires_at",
            postgresql_where=text("lapsed_at IS NULL"),
        ),
    )

    user_id: str = Field(primary_key=True, sa_type=Text)
    expires_at: datetime = Field(sa_type=INSTANT)
    lapsed_at: datetime | None = Field(default=None, sa_type=INSTANT)
    checked_at: datetime = Field(sa_type=INSTANT)


class OfflineManifestRow(Row, table=True):
    """A version of a session's files that was handed out: the digest of each by asset id.

    No foreign key: whoever keeps a session that is deleted must still be told to let it go.
    """

    __tablename__ = "offline_manifests"
    __table_args__ = (Index("offline_manifests_by_time", "handed_at"),)

    user_id: str = Field(primary_key=True, sa_type=Text)
    session_id: UUID = Field(primary_key=True)
    version: str = Field(primary_key=True, sa_type=Text)
    assets: dict[str, str] = Field(sa_type=JSONB)
    handed_at: datetime = Field(sa_type=INSTANT)


OFFLINE_LICENCES = METADATA.tables["offline_licences"]
OFFLINE_MANIFESTS = METADATA.tables["offline_manifests"]
