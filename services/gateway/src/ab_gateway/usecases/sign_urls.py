"""URLs for players: signed anew for each answer, all of one answer expiring together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ab_shared.runtime.clock import Clock
from ab_shared.storage.ports import UrlSigner

from ab_gateway.domain.presenting import Sign

STEP_SECONDS = 300
# Half a kilobyte each.
MOST_SIGNED = 20_000


@dataclass(frozen=True, slots=True)
class Signing:
    """How to sign within one answer, and when its URLs expire."""

    sign: Sign
    expires_at: datetime


class SignUrls:
    """Hands out signing for one answer at a time.

    URLs expire at full steps, a little later than they must, so that one that was signed is good
    for many answers: a signature costs more than all the rest of a read.
    """

    def __init__(self, signer: UrlSigner, now: Clock, valid_seconds: int) -> None:
        self._signer = signer
        self._now = now
        self._valid = timedelta(seconds=valid_seconds)
        self._signed: dict[str, str] = {}
        self._signed_until: datetime | None = None

    def __call__(self, *, not_after: datetime | None = None) -> Signing:
        """Signing for an answer that is made now; nothing lives on beyond ``not_after``."""
        expires_at = _next_step(self._now() + self._valid)
        if not_after is not None and not_after < expires_at:
            last = not_after.replace(microsecond=0)
            return Signing(lambda key: self._signer.sign(key, expires_at=last), last)
        return Signing(lambda key: self._sign(key, expires_at), expires_at)

    def _sign(self, key: str, expires_at: datetime) -> str:
        if expires_at != self._signed_until or len(self._signed) >= MOST_SIGNED:
            self._signed, self._signed_until = {}, expires_at
        url = self._signed.get(key)
        if url is None:
            url = self._signed[key] = self._signer.sign(key, expires_at=expires_at)
        return url


def _next_step(moment: datetime) -> datetime:
    seconds = math.ceil(moment.timestamp() / STEP_SECONDS) * STEP_SECONDS
    return datetime.fromtimestamp(seconds, UTC)
