"""The tables of what listeners do by the day; ``user_days`` alone knows who did it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, Text, false
from sqlmodel import Field

from ab_session.adapters.tables import INSTANT, METADATA, ZERO, Row


class UserDayRow(Row, table=True):
    """What one user did on one day in UTC; ``user_id`` is empty for what was done for nobody.

    No number in it ever falls: sessions and old events are deleted, a day stays what it was.
    """

    __tablename__ = "user_days"
    __table_args__ = (Index("user_days_by_day", "day"),)

    user_id: str = Field(primary_key=True, sa_type=Text)
    day: date = Field(primary_key=True)
    signed_up: int = Field(default=0, sa_column_kwargs=ZERO)
    generated: int = Field(default=0, sa_column_kwargs=ZERO)
    events: int = Field(default=0, sa_column_kwargs=ZERO)
    starts: int = Field(default=0, sa_column_kwargs=ZERO)
    completes: int = Field(default=0, sa_column_kwargs=ZERO)
    abandons: int = Field(default=0, sa_column_kwargs=ZERO)
    created: int = Field(default=0, sa_column_kwargs=ZERO)
    ready: int = Field(default=0, sa_column_kwargs=ZERO)
    renders_ok: int = Field(default=0, sa_column_kwargs=ZERO)
    renders_failed: int = Field(default=0, sa_column_kwargs=ZERO)
    renders_cancelled: int = Field(default=0, sa_column_kwargs=ZERO)
    reads: int = Field(default=0, sa_column_kwargs=ZERO)
    reads_made: int = Field(default=0, sa_column_kwargs=ZERO)
    characters: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    rendered_ms: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    render_ms: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)


class RolledDayRow(Row, table=True):
    """A day that was counted; ``stale``: something older has changed, it is counted again."""

    __tablename__ = "rolled_days"

    day: date = Field(primary_key=True)
    rolled_at: datetime = Field(sa_type=INSTANT)
    stale: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class DayCountRow(Row, table=True):
    """A number of one day: of those who are here (``live``) and who were erased since."""

    __tablename__ = "day_counts"

    day: date = Field(primary_key=True)
    name: str = Field(primary_key=True, sa_type=Text)
    live: int = Field(sa_type=BigInteger)
    gone: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)


class CohortCountRow(Row, table=True):
    """How many of those whose first active week was ``cohort`` were active in ``week``."""

    __tablename__ = "cohort_counts"
    __table_args__ = (Index("cohort_counts_by_cohort", "cohort"),)

    week: date = Field(primary_key=True)
    cohort: date = Field(primary_key=True)
    live: int = Field(sa_type=BigInteger)
    gone: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)


USER_DAYS = METADATA.tables["user_days"]
ROLLED_DAYS = METADATA.tables["rolled_days"]
DAY_COUNTS = METADATA.tables["day_counts"]
COHORT_COUNTS = METADATA.tables["cohort_counts"]
