"""The queue of texts that people look at, read from Postgres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts.moderation import MAX_REFUSED, FlaggedLine, ModerationStats, Use
from ab_shared.contracts.moderation import Status as StatusName
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.refused_rows import refused_lately
from ab_session.moderation_ports import Waiting

# A line that hundreds have written needs no list of them all.
SHOWN_USES = 5
PAGE = text("""
    SELECT v.*, u.used FROM text_verdicts AS v
    CROSS JOIN LATERAL (
        SELECT count(*) AS used FROM checked_texts AS c WHERE c.address = v.address
    ) AS u
    WHERE v.status = :status AND u.used > 0
        AND (v.first_seen_at, v.id) > (CAST(:at AS timestamptz), CAST(:id AS uuid))
    ORDER BY v.first_seen_at, v.id LIMIT :limit
""")
USES = text("""
    SELECT u.* FROM unnest(CAST(:addresses AS text[])) AS a(address)
    CROSS JOIN LATERAL (
        SELECT c.address, c.session_id, c.owner_user_id, c.part, c.position, c.text,
            c.original_text
        FROM checked_texts AS c WHERE c.address = a.address
        ORDER BY c.session_id, c.part, c.position LIMIT :shown
    ) AS u
""")
STATS = text("""
    SELECT v.status, v.provider, v.category, v.reason, v.decided_by IS NOT NULL AS by_people,
        count(*) AS many, min(v.first_seen_at) AS oldest
    FROM text_verdicts AS v
    WHERE EXISTS (SELECT FROM checked_texts AS c WHERE c.address = v.address)
    GROUP BY 1, 2, 3, 4, 5
""")
WAITING = text("""
    SELECT count(*) AS pending, count(*) FILTER (WHERE v.reason = 'unavailable') AS unavailable,
        min(v.first_seen_at) AS oldest
    FROM text_verdicts AS v WHERE v.status = 'pending'
        AND EXISTS (SELECT FROM checked_texts AS c WHERE c.address = v.address)
""")
BEGINNING = (datetime.fromisoformat("1970-01-01T00:00:00+00:00"), UUID(int=0))


async def flagged_page(
    connection: AsyncConnection,
    status: StatusName,
    after: tuple[datetime, UUID] | None,
    limit: int,
    *,
    texts: bool,
) -> Sequence[FlaggedLine]:
    """Texts in use with a status, longest known first."""
    at, last = after or BEGINNING
    wanted = {"status": status, "at": at, "id": last, "limit": limit}
    found = (await connection.execute(PAGE, wanted)).mappings().all()
    addresses = [row["address"] for row in found]
    uses = await connection.execute(USES, {"addresses": addresses, "shown": SHOWN_USES})
    standing: dict[str, list[RowMapping]] = defaultdict(list)
    for row in uses.mappings():
        standing[row["address"]].append(row)
    return [_line(row, standing[row["address"]], texts=texts) for row in found]


async def counted(connection: AsyncConnection) -> ModerationStats:
    """How many texts in use stand how."""
    rows = (await connection.execute(STATS)).mappings().all()

    def many(**like: Any) -> int:
        return sum(
            row["many"] for row in rows if all(row[name] == value for name, value in like.items())
        )

    open_ones = [row for row in rows if row["status"] != "approved" and row["category"]]
    return ModerationStats(
        approved=many(status="approved"),
        pending=many(status="pending"),
        rejected=many(status="rejected"),
        unavailable=many(status="pending", reason="unavailable"),
        decided_by_people=many(by_people=True),
        oldest_pending_at=min(
            (row["oldest"] for row in rows if row["status"] == "pending"), default=None
        ),
        providers={name: many(provider=name) for name in sorted({r["provider"] for r in rows})},
        categories=_sums(open_ones),
        refused=tuple(await refused_lately(connection, MAX_REFUSED)),
    )


async def counted_waiting(connection: AsyncConnection) -> Waiting:
    """How many texts in use wait, and since when."""
    return Waiting(**(await connection.execute(WAITING)).mappings().one())


def _sums(rows: Sequence[RowMapping]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        sums[row["category"]] += row["many"]
    return dict(sorted(sums.items()))


def _line(row: RowMapping, uses: Sequence[RowMapping], *, texts: bool) -> FlaggedLine:
    return FlaggedLine(
        item_id=row["id"],
        **{name: row[name] for name in ("status", "reason", "category", "provider", "asked")},
        **{name: row[name] for name in ("first_seen_at", "checked_at", "decided_by", "used")},
        uses=tuple(
            Use(
                **{name: use[name] for name in ("session_id", "owner_user_id", "part")},
                position=use["position"],
                original_text=use["original_text"] if texts else None,
            )
            for use in uses
        ),
        text=uses[0]["text"] if texts and uses else None,
    )
