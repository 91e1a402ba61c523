"""What was found about texts, and where they stand, in Postgres."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from ab_shared.contracts.moderation import FlaggedLine, ModerationStats
from ab_shared.contracts.moderation import Status as StatusName
from sqlalchemy import RowMapping, and_, bindparam, delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.moderation_pages import counted, counted_waiting, flagged_page
from ab_session.adapters.moderation_tables import CHECKED_TEXTS, TEXT_VERDICTS
from ab_session.adapters.refused_rows import count_refused
from ab_session.adapters.tables import SESSIONS
from ab_session.domain.moderation.verdict import (
    Blocked,
    Cause,
    Checked,
    Status,
    Verdict,
)
from ab_session.moderation_ports import Due, Judged, Waiting

VERDICT = TEXT_VERDICTS.c
CHECKED = CHECKED_TEXTS.c
UNAVAILABLE = Cause.UNAVAILABLE.value
STANDING = (
    select(CHECKED.session_id)
    .where(CHECKED.address == VERDICT.address)
    .correlate(TEXT_VERDICTS)
    .exists()
)
BLOCKED = (
    select(CHECKED.session_id, CHECKED.part, CHECKED.position, VERDICT.category)
    .join_from(CHECKED_TEXTS, TEXT_VERDICTS, CHECKED.address == VERDICT.address)
    .where(
        CHECKED.session_id == bindparam("session_id"),
        VERDICT.status == Status.REJECTED.value,
    )
    .order_by(CHECKED.part, CHECKED.position)
    .limit(1)
)
# A text without a verdict is one that nobody has approved.
APPROVED = text("""
    SELECT coalesce(bool_and(v.status = 'approved') AND count(v.address) = count(*), false)
    FROM checked_texts AS c LEFT JOIN text_verdicts AS v ON v.address = c.address
    WHERE c.session_id = :session_id
""")
CLAIM = text("""
    WITH due AS (
        SELECT v.address FROM text_verdicts AS v
        WHERE v.due_at <= :now
            AND EXISTS (SELECT FROM checked_texts AS c WHERE c.address = v.address)
        ORDER BY v.due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    UPDATE text_verdicts AS v SET due_at = :until, asked = v.asked + 1
    FROM due WHERE v.address = due.address
    RETURNING v.address, v.asked,
        (SELECT c.text FROM checked_texts AS c WHERE c.address = v.address LIMIT 1) AS text
""")


class ModerationRows:
    """Implements ``Verdicts``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, addresses: Collection[str]) -> dict[str, Judged]:
        """By the primary key."""
        query = select(TEXT_VERDICTS).where(VERDICT.address.in_(addresses))
        rows = (await self._connection.execute(query)).mappings()
        return {row["address"]: _judged(row) for row in rows}

    async def record(
        self, found: Mapping[str, Verdict], at: datetime, *, due_at: datetime | None = None
    ) -> None:
        """One statement, in one order of addresses, so that two of them never wait in a ring."""
        if not found:
            return
        rows = [
            {"address": address, **_values(verdict, at, due_at)}
            for address, verdict in sorted(found.items())
        ]
        statement = insert(TEXT_VERDICTS).values(rows)
        new = statement.excluded
        names = ("status", "reason", "category", "provider", "checked_at", "due_at")
        statement = statement.on_conflict_do_update(
            index_elements=["address"],
            set_={name: new[name] for name in names},
            where=and_(
                VERDICT.decided_by.is_(None),
                or_(new.reason != UNAVAILABLE, VERDICT.reason == UNAVAILABLE),
            ),
        )
        await self._connection.execute(statement)

    async def hold(self, checked: Sequence[Checked], at: datetime) -> dict[str, Verdict]:
        """Two statements, both in one order of addresses; others may hold the same rows so."""
        await self._record_missing({one.address: one.verdict for one in checked}, at)
        addresses = {one.address for one in checked}
        query = select(TEXT_VERDICTS).where(VERDICT.address.in_(addresses))
        query = query.order_by(VERDICT.address).with_for_update(read=True)
        judged = [_judged(row) for row in (await self._connection.execute(query)).mappings()]
        return {one.address: one.verdict for one in judged if one.verdict.status is Status.REJECTED}

    async def keep(
        self, session_id: UUID, owner_user_id: str, checked: Sequence[Checked], at: datetime
    ) -> None:
        """Two statements, however many texts."""
        rows = [
            {
                "session_id": session_id,
                "part": one.part,
                "position": one.position,
                "owner_user_id": owner_user_id,
                "address": one.address,
                "text": one.text,
                "original_text": None,
                "written_at": at,
            }
            for one in checked
        ]
        statement = insert(CHECKED_TEXTS).values(rows)
        new = statement.excluded
        changed = {
            **{name: new[name] for name in ("address", "text", "written_at")},
            "original_text": text("coalesce(checked_texts.original_text, checked_texts.text)"),
        }
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["session_id", "part", "position"],
                set_=changed,
                where=CHECKED.text != new.text,
            )
        )
        here = [and_(CHECKED.part == one.part, CHECKED.position == one.position) for one in checked]
        gone = delete(CHECKED_TEXTS).where(CHECKED.session_id == session_id, ~or_(*here))
        await self._connection.execute(gone)

    async def _record_missing(self, found: Mapping[str, Verdict], at: datetime) -> None:
        """What was found before stays; somebody's erasure may have taken it meanwhile."""
        rows = [
            {
                "address": address,
                **_values(verdict, at, at if verdict.waits_for_vendor else None),
            }
            for address, verdict in sorted(found.items())
        ]
        await self._connection.execute(insert(TEXT_VERDICTS).values(rows).on_conflict_do_nothing())

    async def blocked(self, session_id: UUID) -> Blocked | None:
        """One range of the primary key, joined with verdicts."""
        rows = await self._connection.execute(BLOCKED, {"session_id": session_id})
        row = rows.mappings().one_or_none()
        return Blocked(**row) if row else None

    async def blocked_among(self, session_ids: Collection[UUID]) -> frozenset[UUID]:
        """One statement."""
        query = (
            select(CHECKED.session_id)
            .join_from(CHECKED_TEXTS, TEXT_VERDICTS, CHECKED.address == VERDICT.address)
            .where(CHECKED.session_id.in_(session_ids), VERDICT.status == Status.REJECTED.value)
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def all_approved(self, session_id: UUID) -> bool:
        """The same."""
        rows = await self._connection.execute(APPROVED, {"session_id": session_id})
        return bool(rows.scalar_one())

    async def sessions_with(self, address: str) -> Sequence[UUID]:
        """By the index of addresses."""
        query = select(CHECKED.session_id).where(CHECKED.address == address).distinct()
        return list((await self._connection.execute(query.order_by(CHECKED.session_id))).scalars())

    async def touch(
        self, session_ids: Sequence[UUID], at: datetime
    ) -> Sequence[tuple[UUID, str | None, int]]:
        """One update."""
        own = SESSIONS.c
        statement = SESSIONS.update().where(own.id.in_(session_ids))
        statement = statement.values(version=own.version + 1, updated_at=at)
        wanted = statement.returning(own.id, own.owner_user_id, own.version)
        return [(row[0], row[1], row[2]) for row in await self._connection.execute(wanted)]

    async def claim_due(self, now: datetime, until: datetime, limit: int) -> Sequence[Due]:
        """One statement; rows that another process holds are its."""
        wanted = {"now": now, "until": until, "limit": limit}
        rows = (await self._connection.execute(CLAIM, wanted)).mappings()
        return [Due(**row) for row in rows]

    async def find(self, item_id: UUID, *, hold: bool = False) -> Judged | None:
        """By the index of ids."""
        query = select(TEXT_VERDICTS).where(VERDICT.id == item_id)
        query = query.with_for_update() if hold else query
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return _judged(row) if row else None

    async def decide(self, address: str, verdict: Verdict, by: str, at: datetime) -> None:
        """One update."""
        values = {**_values(verdict, at, None), "decided_by": by}
        kept = {name: values[name] for name in values if name not in {"id", "first_seen_at"}}
        statement = TEXT_VERDICTS.update().where(VERDICT.address == address)
        await self._connection.execute(statement.values(kept))

    async def page(
        self, status: StatusName, after: tuple[datetime, UUID] | None, limit: int, *, texts: bool
    ) -> Sequence[FlaggedLine]:
        """A page of verdicts, and the first places of each."""
        return await flagged_page(self._connection, status, after, limit, texts=texts)

    async def stats(self) -> ModerationStats:
        """One pass over the verdicts in use."""
        return await counted(self._connection)

    async def count_refused(self, day: date, categories: Mapping[str, int]) -> None:
        """One statement."""
        await count_refused(self._connection, day, categories)

    async def waiting(self) -> Waiting:
        """By the index of statuses."""
        return await counted_waiting(self._connection)

    async def forget_unused(self, before: datetime, limit: int) -> int:
        """What stands nowhere."""
        old = select(VERDICT.address).where(VERDICT.checked_at < before, ~STANDING).limit(limit)
        gone = delete(TEXT_VERDICTS).where(VERDICT.address.in_(old), ~STANDING)
        return (await self._connection.execute(gone)).rowcount


def _values(verdict: Verdict, at: datetime, due_at: datetime | None) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "status": verdict.status.value,
        "reason": verdict.reason.value,
        "category": verdict.category,
        "provider": verdict.provider,
        "first_seen_at": at,
        "checked_at": at,
        "due_at": due_at if verdict.waits_for_vendor else None,
    }


def _judged(row: RowMapping) -> Judged:
    verdict = Verdict(Status(row["status"]), Cause(row["reason"]), row["provider"], row["category"])
    return Judged(row["address"], verdict, row["decided_by"])
