"""What may be kept offline and for how long: licences, versions, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from ab_shared.contracts.mixdowns import DownloadItem
from ab_shared.contracts.offline import KeptSession, Licence

from ab_session.domain.downloads import DownloadPermit

LICENCE_DAYS = 30
# So long files stay, on devices and here, for a plan that comes back.
KEPT = timedelta(days=30)
_VERSION_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Handed:
    """A version of a session's files that somebody was handed, the last of them."""

    session_id: UUID
    version: str
    handed_at: datetime


def licence_for(permit: DownloadPermit, at: datetime) -> Licence:
    """Until the plan ends, grace included, but for thirty days and the rest of today at most.

    In whole days (UTC) where the plan does not end sooner: a manifest stays the same for a day.
    """
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    longest = today + timedelta(days=LICENCE_DAYS + 1)
    expires = longest if permit.until is None else min(longest, permit.until)
    return Licence(issued_at=at, expires_at=expires, grace=permit.grace)


def version_of(assets: Mapping[str, str]) -> str:
    """Names the files, whatever their order: the digest of each by its asset id."""
    named = "\n".join(f"{asset} {digest}" for asset, digest in sorted(assets.items()))
    return sha256(named.encode()).hexdigest()[:_VERSION_DIGITS]


def digests(items: Iterable[DownloadItem]) -> dict[str, str]:
    """What a version is made of."""
    return {item.asset_id: item.asset.sha256 for item in items}


def changed_since(
    items: Iterable[DownloadItem], before: Mapping[str, str]
) -> tuple[tuple[DownloadItem, ...], tuple[str, ...]]:
    """Items that are new or have other bytes than ``before``, and the asset ids that are gone."""
    now = tuple(items)
    fresh = tuple(item for item in now if before.get(item.asset_id) != item.asset.sha256)
    gone = tuple(sorted(before.keys() - {item.asset_id for item in now}))
    return fresh, gone


def kept_session(
    handed: Handed, *, version: str | None, there: bool, lapsed_at: datetime | None, at: datetime
) -> KeptSession:
    """How a session stands with whoever keeps it; ``there``: they may still see it."""
    told = KeptSession(
        session_id=handed.session_id,
        state="valid",
        version=version,
        handed_version=handed.version,
        handed_at=handed.handed_at,
    )
    if not there:
        return told.model_copy(update={"state": "revoked", "version": None})
    if lapsed_at is None:
        return told
    delete_at = lapsed_at + KEPT
    state = "expired" if at < delete_at else "revoked"
    return told.model_copy(update={"state": state, "delete_at": delete_at})
