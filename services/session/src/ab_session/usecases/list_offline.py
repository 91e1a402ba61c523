"""Answers what somebody keeps offline and whether they still may."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.base import Empty
from ab_shared.contracts.offline import MOST_KEPT, OfflineShelf
from ab_shared.contracts.offline import ForgetOffline as Forget
from ab_shared.contracts.offline import ListOffline as Request
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain.offline import digests, kept_session, licence_for, version_of
from ab_session.offline_ports import Downloads
from ab_session.ports import Store
from ab_session.usecases.list_files import files_of
from ab_session.usecases.renew_licences import note_permit


@dataclass(frozen=True, slots=True)
class ListOffline:
    """One call for a device that has just come online; it renews the licence of everything."""

    store: Store
    downloads: Downloads
    clock: Clock

    async def __call__(self, request: Request) -> OfflineShelf:
        """Seven statements, however much is kept; DependencyUnavailable where no plan is read."""
        permit = await self.downloads.permit(request.user_id)
        at = self.clock()
        async with self.store.begin() as unit:
            handed = await unit.offline.shelf(request.user_id, MOST_KEPT)
            # Nobody is given a row by looking: only who was handed something has a licence.
            keeps = bool(handed) or await unit.offline.keeps(request.user_id)
            lapsed_at = await note_permit(unit, request.user_id, permit, at) if keeps else None
            ids = [one.session_id for one in handed]
            found = await unit.offline.sessions(ids)
            blocked = await unit.moderation.blocked_among(ids)
            seen = {
                session_id: session
                for session_id, session in found.items()
                if session.readable_by(request.user_id) and session_id not in blocked
            }
            files = await files_of(unit, request.user_id, list(seen.values()))
        versions = {session_id: version_of(digests(items)) for session_id, items in files.items()}
        kept = tuple(
            kept_session(
                one,
                version=versions.get(one.session_id),
                there=one.session_id in seen,
                lapsed_at=lapsed_at,
                at=at,
            )
            for one in handed
        )
        return OfflineShelf(
            sessions=kept, licence=licence_for(permit, at) if permit.downloads else None
        )


@dataclass(frozen=True, slots=True)
class ForgetOffline:
    """Its files here stay: another device of theirs may keep them."""

    store: Store

    async def __call__(self, request: Forget) -> Empty:
        """NotFound for what was never handed out."""
        async with self.store.begin() as unit:
            if not await unit.offline.forget(request.user_id, request.session_id):
                raise NotFound("Nothing of this session is kept offline")
        return Empty()
