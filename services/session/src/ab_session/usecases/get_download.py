"""Answers every file of a session, to be kept offline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ab_shared.contracts.mixdowns import DownloadItem, DownloadManifest, DownloadRole
from ab_shared.contracts.mixdowns import GetDownload as Request
from ab_shared.errors import AudioNotReady

from ab_session.domain.downloads import check_downloads
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem, Track
from ab_session.ports import Downloads, Store
from ab_session.usecases.get_session import readable


@dataclass(frozen=True, slots=True)
class GetDownload:
    """Reads only; unsigned, for URLs are made at the edge."""

    store: Store
    downloads: Downloads

    async def __call__(self, request: Request) -> DownloadManifest:
        """The track, the stems of the default bundle, and the user's mixdowns of this track.

        Raises:
            EntitlementRequired: the plan holds no downloads.
            NotFound: not a session this user can see.
            AudioNotReady: the session's own parts do not all exist.
        """
        check_downloads(await self.downloads.permit(request.user_id))
        async with self.store.begin() as unit:
            session = await readable(unit, request.session_id, request.user_id)
            address = session.audio.track_address if session.audio else None
            track = await unit.sounds.track(address) if address else None
            stems = await unit.sounds.stems(session.stem_ids)
            if track is None or len(stems) < len(session.stem_ids):
                raise AudioNotReady("The audio of this session is not ready yet")
            files = await unit.mixdowns.files(request.user_id, session.id, track.track_address)
        mixdowns = (
            DownloadItem(asset_id=address, role="mixdown", asset=asset) for address, asset in files
        )
        items = (*_parts(session, track, stems), *mixdowns)
        return DownloadManifest(session_id=session.id, items=items)


def _parts(
    session: Session, track: Track, stems: dict[str, PublishedStem]
) -> Iterator[DownloadItem]:
    brain, background = session.stem_ids
    role: DownloadRole = "binaural" if session.layer.solfeggio_hz is None else "solfeggio"
    yield DownloadItem(asset_id=track.track_address, role="affirmations", asset=track.asset)
    yield DownloadItem(asset_id=brain, role=role, asset=stems[brain].asset)
    yield DownloadItem(asset_id=background, role="background", asset=stems[background].asset)
