"""What the app sees of offline files."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from ab_shared.contracts.http_mixdowns import (
    DownloadItemOut,
    DownloadOut,
    LicenceOut,
    MixdownOut,
)
from ab_shared.contracts.http_offline import KeptOut, OfflineOut
from ab_shared.contracts.mixdowns import DownloadItem, DownloadManifest, MixdownState
from ab_shared.contracts.offline import Licence, OfflineShelf
from ab_shared.errors import RemoteFailure

from ab_gateway.domain.presenting import Sign

_VERSION_DIGITS = 16


def mixdown_state(state: MixdownState) -> MixdownOut:
    """Ready, or the job that makes it so."""
    if state.ready:
        return MixdownOut(status="ready")
    if state.job is None:
        raise RemoteFailure("A mixdown that is not ready must have a job")
    return MixdownOut(status="pending", job_id=state.job.id)


def fingerprint(manifest: DownloadManifest) -> str:
    """64 hex digits that change with the files and the licence, never with URLs or the hour."""
    # A field that an older release of the session service leaves out must not count either.
    stable = manifest.model_dump_json(exclude={"licence": {"issued_at"}}, exclude_defaults=True)
    return sha256(stable.encode()).hexdigest()


def download(manifest: DownloadManifest, sign: Sign, expires_at: datetime) -> DownloadOut:
    """A manifest with fresh URLs."""
    changes = manifest.since is not None
    return DownloadOut(
        version=manifest.version or fingerprint(manifest)[:_VERSION_DIGITS],
        items=[_item(one, sign, expires_at) for one in manifest.items],
        since=manifest.since,
        removed=list(manifest.removed) if changes else None,
        licence=_licence(manifest.licence),
    )


def shelf(kept: OfflineShelf) -> OfflineOut:
    """What is kept, as the app sees it."""
    sessions = [KeptOut(**one.model_dump()) for one in kept.sessions]
    return OfflineOut(sessions=sessions, licence=_licence(kept.licence))


def _licence(licence: Licence | None) -> LicenceOut | None:
    return LicenceOut(**licence.model_dump()) if licence else None


def _item(item: DownloadItem, sign: Sign, expires_at: datetime) -> DownloadItemOut:
    asset = item.asset
    return DownloadItemOut(
        asset_id=item.asset_id,
        role=item.role,
        url=sign(asset.key),
        expires_at=expires_at,
        bytes=asset.bytes,
        sha256=asset.sha256,
        content_type=asset.content_type,
        duration_ms=asset.duration_ms,
        file_name=item.file_name,
    )
