"""Devices and what they are to be told, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from ab_session.domain.notices import Device, News, Notice, NoticeKind

Key = tuple[UUID, NoticeKind, UUID]


@dataclass(frozen=True)
class Told:
    """A notice as it is kept."""

    notice: Notice
    user_id: str
    took: timedelta
    due_at: datetime
    state: str = "waiting"
    error: str | None = None


class MemoryNotices:
    """Implements ``Notices`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._devices: dict[UUID, tuple[str, Device]] = rows.devices
        self._told: dict[Key, Told] = rows.notices

    async def register(
        self, user_id: str, token: str, platform: str, at: datetime, most: int
    ) -> Device:
        same = [(user, one) for user, one in self._devices.values() if one.token == token]
        device = Device(uuid4(), token, platform, at, at)
        for user, found in same:
            if user == user_id:
                device = replace(found, platform=platform, seen_at=at)
            else:
                await self.drop(found.id)
        self._devices[device.id] = (user_id, device)
        for old in (await self.devices(user_id))[most:]:
            await self.drop(old.id)
        return device

    async def devices(self, user_id: str) -> Sequence[Device]:
        mine = sorted((d for u, d in self._devices.values() if u == user_id), key=lambda d: d.id)
        return sorted(mine, key=lambda device: device.seen_at, reverse=True)

    async def drop(
        self, token_id: UUID, user_id: str | None = None, *, unseen_since: datetime | None = None
    ) -> bool:
        owner = self._devices.get(token_id)
        if owner is None or user_id not in {None, owner[0]}:
            return False
        if unseen_since is not None and owner[1].seen_at > unseen_since:
            return False
        del self._devices[token_id]
        for key in [key for key in self._told if key[2] == token_id]:
            del self._told[key]
        return True

    async def queue(self, news: News, at: datetime) -> None:
        for device in await self.devices(news.user_id):
            same = (news.job_id, news.kind, device.id, device.token, news.session_id)
            notice = Notice(*same, attempts=0, created_at=at)
            told = Told(notice, news.user_id, news.took, at)
            self._told.setdefault((news.job_id, news.kind, device.id), told)

    async def take(
        self, now: datetime, lease: timedelta, limit: int, *, took: timedelta
    ) -> Sequence[Notice]:
        for key, told in list(self._told.items()):
            if told.state == "waiting" and told.took < took:
                self._told[key] = replace(told, state="over", error="quick")
        return self._take("waiting", now, lease, limit)

    async def take_sent(self, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        return self._take("sent", now, lease, limit)

    async def sent(self, notice: Notice, ticket: str, at: datetime, due_at: datetime) -> None:
        key = _key(notice)
        if key in self._told:
            after = replace(self._told[key].notice, ticket=ticket, sent_at=at, attempts=0)
            self._told[key] = replace(self._told[key], notice=after, state="sent", due_at=due_at)

    async def postpone(self, notices: Sequence[Notice], due_at: datetime) -> None:
        for key in (_key(notice) for notice in notices):
            if key in self._told:
                self._told[key] = replace(self._told[key], due_at=due_at)

    async def end(self, notice: Notice, error: str | None) -> None:
        key = _key(notice)
        if key in self._told:
            self._told[key] = replace(self._told[key], state="over", error=error)

    async def tidy(self, late: datetime, old: datetime) -> int:
        given_up = 0
        for key, told in list(self._told.items()):
            if told.state == "waiting" and told.notice.created_at < late:
                self._told[key] = replace(told, state="over", error="late")
                given_up += 1
            if told.notice.created_at < old:
                del self._told[key]
        return given_up

    def _take(self, state: str, now: datetime, lease: timedelta, limit: int) -> Sequence[Notice]:
        due = [(t.due_at, key) for key, t in self._told.items() if t.state == state]
        taken = []
        for _, key in sorted(one for one in due if one[0] <= now)[:limit]:
            told = self._told[key]
            notice = replace(told.notice, attempts=told.notice.attempts + 1)
            self._told[key] = replace(told, notice=notice, due_at=now + lease)
            taken.append(notice)
        return taken


def _key(notice: Notice) -> Key:
    return notice.job_id, notice.kind, notice.token_id
