"""Devices, and what each is to be told, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.notice_tables import NOTICES, PUSH_TOKENS
from ab_session.domain.notices import Device, News, Notice, NoticeKind

TOKEN = PUSH_TOKENS.c
NOTICE = NOTICES.c
KEY = (NOTICE.job_id, NOTICE.kind, NOTICE.token_id)
DEVICE = (TOKEN.id, TOKEN.token, TOKEN.platform, TOKEN.created_at, TOKEN.seen_at)
WAITING, SENT, OVER = "waiting", "sent", "over"
# Two registrations of one user must not both find room.
ALONE = text("SELECT pg_advisory_xact_lock(706172661, hashtext(:user_id))")


class NoticeRows:
    """Implements ``Notices``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def register(
        self, user_id: str, token: str, platform: str, at: datetime, most: int
    ) -> Device:
        """Another user's row goes with all it was to be told: a new one has another id."""
        await self._connection.execute(ALONE, {"user_id": user_id})
        others = delete(PUSH_TOKENS).where(TOKEN.token == token, TOKEN.user_id != user_id)
        await self._connection.execute(others)
        values = {"user_id": user_id, "token": token, "platform": platform}
        statement = insert(PUSH_TOKENS).values(id=uuid4(), **values, created_at=at, seen_at=at)
        statement = statement.on_conflict_do_update(
            # Between the two statements somebody else may have taken it: then it is theirs no more.
            index_elements=["token"],
            set_={"user_id": user_id, "platform": platform, "seen_at": at},
        )
        row = await self._connection.execute(statement.returning(*DEVICE))
        device = Device(**row.mappings().one())
        kept = select(TOKEN.id).where(TOKEN.user_id == user_id)
        kept = kept.order_by(TOKEN.seen_at.desc(), TOKEN.id).limit(most)
        old = delete(PUSH_TOKENS).where(TOKEN.user_id == user_id, TOKEN.id.not_in(kept))
        await self._connection.execute(old)
        return device

    async def devices(self, user_id: str) -> Sequence[Device]:
        """By the index of users."""
        query = select(*DEVICE).where(TOKEN.user_id == user_id)
        rows = await self._connection.execute(query.order_by(TOKEN.seen_at.desc(), TOKEN.id))
        return [Device(**row) for row in rows.mappings()]

    async def drop(
        self, token_id: UUID, user_id: str | None = None, *, unseen_since: datetime | None = None
    ) -> bool:
        """Its notices go with it."""
        gone = delete(PUSH_TOKENS).where(TOKEN.id == token_id)
        if unseen_since is not None:
            gone = gone.where(TOKEN.seen_at <= unseen_since)
        if user_id is not None:
            gone = gone.where(TOKEN.user_id == user_id)
        return (await self._connection.execute(gone)).rowcount == 1

    async def queue(self, news: News, at: datetime) -> None:
        """One statement, which inserts nothing for whoever has no device."""
        values: dict[str, Any] = {
            "job_id": literal(news.job_id),
            "kind": literal(news.kind.value),
            "token_id": TOKEN.id,
            "user_id": TOKEN.user_id,
            "session_id": literal(news.session_id),
            "took_ms": literal(int(news.took / timedelta(milliseconds=1))),
            "state": literal(WAITING),
            "attempts": literal(0),
            "due_at": literal(at),
            "created_at": literal(at),
        }
        devices = select(*(value.label(name) for name, value in values.items()))
        # Held: a device that goes at this moment must not undo what this transaction is about.
        devices = devices.where(TOKEN.user_id == news.user_id).with_for_update(
            read=True, key_share=True
        )
        statement = insert(NOTICES).from_select(list(values), devices)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def take(
        self, now: datetime, lease: timedelta, limit: int, *, took: timedelta
    ) -> Sequence[Notice]:
        """Skips those that others hold."""
        brief = int(took / timedelta(milliseconds=1))
        quick = update(NOTICES).where(NOTICE.state == WAITING, NOTICE.took_ms < brief)
        await self._connection.execute(quick.values(state=OVER, error="quick"))
        return await self._take(WAITING, now, lease, limit)

    async def take_sent(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        """The same."""
        return await self._take(SENT, now, lease, limit)

    async def sent(self, notice: Notice, ticket: str, at: datetime, due_at: datetime) -> None:
        """By the primary key."""
        await self._set(
            notice, state=SENT, ticket=ticket, sent_at=at, due_at=due_at, attempts=0, error=None
        )

    async def postpone(self, notices: Sequence[Notice], due_at: datetime) -> None:
        """One statement."""
        keys = [(one.job_id, one.kind.value, one.token_id) for one in notices]
        if keys:
            later = update(NOTICES).where(tuple_(*KEY).in_(keys)).values(due_at=due_at)
            await self._connection.execute(later)

    async def end(self, notice: Notice, error: str | None) -> None:
        """By the primary key."""
        await self._set(notice, state=OVER, error=error)

    async def tidy(self, late: datetime, old: datetime) -> int:
        """Two statements."""
        too_late = update(NOTICES).where(NOTICE.state == WAITING, NOTICE.created_at < late)
        given_up = await self._connection.execute(too_late.values(state=OVER, error="late"))
        await self._connection.execute(delete(NOTICES).where(NOTICE.created_at < old))
        return given_up.rowcount

    async def _take(
        self, state: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Notice]:
        due: Select[Any] = select(*KEY).where(NOTICE.state == state, NOTICE.due_at <= now)
        due = due.order_by(NOTICE.due_at).limit(limit).with_for_update(skip_locked=True)
        keys = [tuple(row) for row in (await self._connection.execute(due)).all()]
        if not keys:
            return []
        taken = (
            update(NOTICES)
            .where(tuple_(*KEY).in_(keys), TOKEN.id == NOTICE.token_id)
            .values(due_at=now + lease, attempts=NOTICE.attempts + 1)
            .returning(
                *KEY,
                *(TOKEN.token, NOTICE.session_id, NOTICE.attempts),
                *(NOTICE.created_at, NOTICE.ticket, NOTICE.sent_at),
            )
        )
        rows = (await self._connection.execute(taken)).mappings()
        return [Notice(**{**row, "kind": NoticeKind(row["kind"])}) for row in rows]

    async def _set(self, notice: Notice, **values: Any) -> None:
        found = update(NOTICES).where(
            NOTICE.job_id == notice.job_id,
            NOTICE.kind == notice.kind.value,
            NOTICE.token_id == notice.token_id,
        )
        await self._connection.execute(found.values(**values))
