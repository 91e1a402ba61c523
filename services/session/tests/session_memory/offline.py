"""What is kept offline, in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_session.domain.mixdown import Mixdown, MixdownStage
from ab_session.domain.offline import Handed
from ab_session.domain.session import Session
from ab_shared.contracts.media import AssetRef

KEPT_VERSIONS = 8


class MemoryOffline:
    """Implements ``Offline`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self._licences: dict[str, tuple[datetime, datetime | None]] = rows.licences
        self._handed: dict[tuple[str, UUID, str], tuple[dict[str, str], datetime]] = rows.handed
        self._unwanted: dict[str, datetime] = rows.unwanted

    async def licensed(self, user_id: str, expires_at: datetime, at: datetime) -> None:
        del at
        self._licences[user_id] = (expires_at, None)

    async def lapse(self, user_id: str, at: datetime) -> datetime | None:
        if user_id not in self._licences:
            return None
        expires_at, lapsed_at = self._licences[user_id]
        self._licences[user_id] = (expires_at, lapsed_at or at)
        return lapsed_at or at

    async def keeps(self, user_id: str) -> bool:
        return user_id in self._licences

    async def run_out(self, now: datetime, limit: int) -> Sequence[str]:
        rows = sorted((end, user) for user, (end, gone) in self._licences.items() if gone is None)
        return [user for end, user in rows if end <= now][:limit]

    async def hand_out(
        self, user_id: str, session_id: UUID, version: str, assets: Mapping[str, str], at: datetime
    ) -> None:
        self._handed[user_id, session_id, version] = (dict(assets), at)
        mine = [key for key in self._handed if key[:2] == (user_id, session_id)]
        mine.sort(key=lambda key: self._handed[key][1], reverse=True)
        for old in mine[KEPT_VERSIONS:]:
            del self._handed[old]

    async def handed(
        self, user_id: str, session_id: UUID, version: str
    ) -> Mapping[str, str] | None:
        found = self._handed.get((user_id, session_id, version))
        return found[0] if found else None

    async def shelf(self, user_id: str, limit: int) -> Sequence[Handed]:
        latest: dict[UUID, Handed] = {}
        for (user, session_id, version), (_, at) in self._handed.items():
            before = latest.get(session_id)
            if user == user_id and (before is None or before.handed_at <= at):
                latest[session_id] = Handed(session_id, version, at)
        ordered = sorted(latest.values(), key=lambda one: one.session_id)
        return sorted(ordered, key=lambda one: one.handed_at, reverse=True)[:limit]

    async def forget(self, user_id: str, session_id: UUID) -> bool:
        mine = [key for key in self._handed if key[:2] == (user_id, session_id)]
        for key in mine:
            del self._handed[key]
        return bool(mine)

    async def sessions(self, session_ids: Collection[UUID]) -> Mapping[UUID, Session]:
        return {one: self._rows.sessions[one] for one in session_ids if one in self._rows.sessions}

    async def files(
        self, user_id: str, session_ids: Collection[UUID]
    ) -> Sequence[tuple[UUID, str, str, AssetRef]]:
        last: dict[tuple[UUID, str, str], datetime] = {}
        for job in self._rows.mixdown_jobs.values():
            mine = job.owner_user_id == user_id and job.session_id in session_ids
            if mine and job.stage is MixdownStage.READY:
                key = (job.session_id, job.track_address, job.mixdown_address)
                ended = job.finished_at or job.moved_at
                last[key] = max(ended, last.get(key, ended))
        files = self._rows.mixdowns
        newest = sorted(sorted(last, key=lambda key: key[2]), key=lambda k: last[k], reverse=True)
        return [(*key, files[key[2]].asset) for key in newest if key[2] in files]

    async def mark_unwanted(self, at: datetime) -> None:
        for address in self._rows.mixdowns:
            if self._wanted(address):
                self._unwanted.pop(address, None)
            else:
                self._unwanted.setdefault(address, at)

    async def abandon(self, session_id: UUID, since: datetime) -> None:
        for job in self._rows.mixdown_jobs.values():
            if job.session_id == session_id and job.mixdown_address in self._rows.mixdowns:
                self._unwanted[job.mixdown_address] = since

    async def drop_unwanted(self, before: datetime, limit: int) -> Sequence[str]:
        old = [one for one, since in self._unwanted.items() if since < before]
        gone = sorted(one for one in old if not self._wanted(one))[:limit]
        for address in gone:
            del self._unwanted[address]
            self._rows.mixdowns.pop(address, None)
        return gone

    async def tidy(self, before: datetime) -> int:
        old = [
            key
            for key, (_, at) in self._handed.items()
            if at < before and (key[1] not in self._rows.sessions or self._lapsed(key[0], before))
        ]
        for key in old:
            del self._handed[key]
        return len(old)

    def _lapsed(self, user_id: str, before: datetime) -> bool:
        lapsed_at = self._licences.get(user_id, (before, None))[1]
        return lapsed_at is not None and lapsed_at < before

    def _wanted(self, address: str) -> bool:
        jobs: list[Mixdown] = list(self._rows.mixdown_jobs.values())
        return any(self._wants(job) for job in jobs if job.mixdown_address == address)

    def _wants(self, job: Mixdown) -> bool:
        session: Session | None = self._rows.sessions.get(job.session_id)
        if session is None or job.live:
            return session is not None
        had = session.audio.track_address if session.audio else None
        licence = self._licences.get(job.owner_user_id)
        return (
            job.stage is MixdownStage.READY
            and job.track_address in {had, session.wanted_track}
            and (licence is None or licence[1] is None)
        )
