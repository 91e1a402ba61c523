"""Answers the files of a session, to be kept offline, and under which licence."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.mixdowns import DownloadItem, DownloadManifest
from ab_shared.contracts.mixdowns import GetDownload as Request
from ab_shared.contracts.offline import Licence
from ab_shared.errors import AudioNotReady
from ab_shared.runtime.clock import Clock

from ab_session.domain.downloads import check_downloads
from ab_session.domain.offline import changed_since, digests, licence_for, version_of
from ab_session.offline_ports import Downloads
from ab_session.ports import Store, Unit
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.list_files import files_of
from ab_session.usecases.renew_licences import note_permit


@dataclass(frozen=True, slots=True)
class GetDownload:
    """Unsigned, for URLs are made at the edge; what is handed out is remembered."""

    store: Store
    downloads: Downloads
    clock: Clock

    async def __call__(self, request: Request) -> DownloadManifest:
        """Everything, or what changed since a version that was handed out before.

        Raises:
            EntitlementRequired: the plan holds no downloads.
            NotFound: not a session this user can see.
            ValidationFailed: a text of it has been rejected since it was written.
            AudioNotReady: the session's own parts do not all exist.
        """
        permit = await self.downloads.permit(request.user_id)
        at = self.clock()
        if not permit.downloads:
            async with self.store.begin() as unit:
                await note_permit(unit, request.user_id, permit, at)
        # After the transaction: that they lapsed is known even though they are refused.
        check_downloads(permit)
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            items = (await files_of(unit, request.user_id, [session])).get(session.id)
            if items is None:
                raise AudioNotReady("The audio of this session is not ready yet")
            await note_permit(unit, request.user_id, permit, at)
            manifest = await self._manifest(unit, request, items, licence_for(permit, at))
            mine = (request.user_id, session.id, manifest.version)
            await unit.offline.hand_out(*mine, digests(items), at)
        return manifest

    async def _manifest(
        self, unit: Unit, request: Request, items: tuple[DownloadItem, ...], licence: Licence
    ) -> DownloadManifest:
        manifest = DownloadManifest(
            session_id=request.session_id,
            items=items,
            version=version_of(digests(items)),
            licence=licence,
        )
        if request.since is None:
            return manifest
        before = await unit.offline.handed(request.user_id, request.session_id, request.since)
        if before is None:
            return manifest
        fresh, gone = changed_since(items, before)
        return manifest.model_copy(update={"since": request.since, "items": fresh, "removed": gone})
