"""How many texts were refused when they entered, in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ab_shared.contracts.moderation import RefusedOn
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.moderation_tables import REFUSED_COUNTS

COUNTED = REFUSED_COUNTS.c


async def count_refused(
    connection: AsyncConnection, day: date, categories: Mapping[str, int]
) -> None:
    """In one order of categories, so that two requests never wait in a ring."""
    rows = [
        {"day": day, "category": category, "count": many}
        for category, many in sorted(categories.items())
    ]
    statement = insert(REFUSED_COUNTS).values(rows)
    added = COUNTED["count"] + statement.excluded["count"]
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["day", "category"], set_={"count": added})
    )


async def refused_lately(connection: AsyncConnection, limit: int) -> Sequence[RefusedOn]:
    """The newest first."""
    query = select(REFUSED_COUNTS).order_by(COUNTED.day.desc(), COUNTED.category).limit(limit)
    return [RefusedOn(**row) for row in (await connection.execute(query)).mappings()]
