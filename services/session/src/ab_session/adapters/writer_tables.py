"""The tables of prompt templates and of what models cost; nobody's words are in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Text, text
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, ZERO, Row


class PromptVersionRow(Row, table=True):
    """One text under a key; at most one of a key is active, and at most one on trial."""

    __tablename__ = "prompt_versions"
    __table_args__ = (
        Index(
            "prompt_versions_active",
            "key",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "prompt_versions_trial",
            "key",
            unique=True,
            postgresql_where=text("state = 'trial'"),
        ),
    )

    key: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True)
    state: str = Field(sa_type=Text)
    rollout_percent: int
    text: str = Field(sa_type=Text)
    note: str | None = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=INSTANT)


class WriterDayRow(Row, table=True):
    """What a day (UTC) of writing cost, in millionths of a dollar.

    ``reserved_micros`` is what calls in work may cost at most; of one that died it stays.
    """

    __tablename__ = "writer_days"

    day: date = Field(primary_key=True)
    calls: int = Field(sa_column_kwargs=ZERO)
    reserved_micros: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    cost_micros: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    prompt_tokens: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    cached_tokens: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    completion_tokens: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)


PROMPT_VERSIONS = METADATA.tables["prompt_versions"]
WRITER_DAYS = METADATA.tables["writer_days"]
