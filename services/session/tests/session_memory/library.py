"""Edits, deletions, favourites and links in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import LeftSounds
from ab_session.domain.job import Stage
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.session import Session
from ab_session.domain.sharing import ShareLink

from session_memory.left import LeftRow, left_sounds


class MemoryLibrary:
    """Implements ``Library`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows

    async def rewrite(self, session: Session) -> None:
        assert session.id in self._rows.sessions
        self._rows.sessions[session.id] = session

    async def paid(self, session_id: UUID) -> bool:
        jobs = [job for job in self._rows.jobs.values() if job.session_id == session_id]
        return any(job.holds_generation and job.stage is Stage.READY for job in jobs)

    async def bury(self, session: Session, at: datetime) -> None:
        rows, owner = self._rows, session.owner_user_id or ""
        for table, kind in ((rows.jobs, "track"), (rows.mixdown_jobs, "mixdown")):
            for job in [job for job in table.values() if job.session_id == session.id]:
                name = job.track_address if kind == "track" else job.mixdown_address
                rows.left[uuid4()] = LeftRow(owner, kind, name, None, at)
                rows.reads.pop(job.id, None)
                rows.preparing.pop(job.id, None)
                del table[job.id]
        for mark in [mark for mark in rows.favourites if mark[1] == session.id]:
            del rows.favourites[mark]
        for link in [one for one in rows.shares.values() if one.session_id == session.id]:
            del rows.shares[link.id]
        for place in [place for place in rows.checked_texts if place[0] == session.id]:
            del rows.checked_texts[place]
        rows.deleted[session.id] = owner
        del rows.sessions[session.id]

    async def buried(self, session_id: UUID) -> str | None:
        return self._rows.deleted.get(session_id)

    async def leave_lines(self, user_id: str, lines: Iterable[Spoken], at: datetime) -> None:
        for line, recipe in lines:
            self._rows.left[uuid4()] = LeftRow(user_id, "line", line, recipe, at)

    async def left_sounds(self, user_id: str) -> LeftSounds:
        return left_sounds(row for row in self._rows.left.values() if row.user_id == user_id)

    async def live_mixdowns(self, session_id: UUID) -> list[Mixdown]:
        jobs = self._rows.mixdown_jobs.values()
        live = [job for job in jobs if job.live and job.session_id == session_id]
        return sorted(live, key=lambda job: (job.mixdown_address, job.id))

    async def mark(self, user_id: str, session_id: UUID, at: datetime) -> None:
        self._rows.favourites.setdefault((user_id, session_id), at)

    async def unmark(self, user_id: str, session_id: UUID) -> None:
        self._rows.favourites.pop((user_id, session_id), None)

    async def add_link(self, link: ShareLink) -> None:
        self._rows.shares[link.id] = link

    async def links(self, session_id: UUID, at: datetime) -> list[ShareLink]:
        links = [one for one in self._rows.shares.values() if one.session_id == session_id]
        links.sort(key=lambda one: (-one.created_at.timestamp(), one.id))
        return [link for link in links if link.holds(at)]

    async def cut_link(self, session_id: UUID, share_id: UUID) -> None:
        link = self._rows.shares.get(share_id)
        if link is not None and link.session_id == session_id:
            del self._rows.shares[share_id]

    async def link(self, token_hash: str) -> ShareLink | None:
        links = (one for one in self._rows.shares.values() if one.token_hash == token_hash)
        return next(links, None)
