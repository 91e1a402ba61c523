"""URLs for players: signed anew for each answer, all of one answer expiring together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.runtime.clock import Clock
from ab_shared.storage.ports import UrlSigner

from ab_gateway.domain.presenting import Sign


@dataclass(frozen=True, slots=True)
class Signing:
    """How to sign within one answer, and when its URLs expire."""

    sign: Sign
    expires_at: datetime


class SignUrls:
    """Hands out signing for one answer at a time."""

    def __init__(self, signer: UrlSigner, now: Clock, valid_seconds: int) -> None:
        self._signer = signer
        self._now = now
        self._valid = timedelta(seconds=valid_seconds)

    def __call__(self, *, not_after: datetime | None = None) -> Signing:
        """Signing for an answer that is made now; nothing lives on beyond ``not_after``."""
        expires_at = (self._now() + self._valid).replace(microsecond=0)
        if not_after is not None:
            expires_at = min(expires_at, not_after.replace(microsecond=0))
        return Signing(lambda key: self._signer.sign(key, expires_at=expires_at), expires_at)
