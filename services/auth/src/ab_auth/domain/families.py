"""A sign-in and the refresh tokens that follow from it.

::

    live ──newest token──▶ live, one generation on
      │ ├──any older token──▶ revoked (reused)
      │ └──sign-out─────────▶ revoked (signed out)
      └──nothing for 30 days, or a year in all──▶ expired

Each token works once. Who presents one that was used already may be a thief, or the victim of one:
nobody can tell, so the whole family ends (RFC 9700, 4.14.2). There is no grace for a client that
lost an answer: it signs in again. As used tokens must be known for that as long as their family
lives, a family that is renewed for ever ends too: ``LONGEST`` bounds what has to be kept of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(days=365)


class Verdict(StrEnum):
    """What presenting a token led to."""

    ROTATED = "rotated"
    REUSED = "reused"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Reason(StrEnum):
    """Why a family was revoked."""

    REUSED = "reused"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True, slots=True)
class Family:
    """One sign-in; ``generation`` numbers its newest token, ``expires_at`` ends that one.

    ``renewed_at`` is when it last got an access token; None for one from before this was kept.
    """

    id: str
    user_id: str
    generation: int
    started_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_for: Reason | None = None
    renewed_at: datetime | None = None

    @classmethod
    def begun(cls, family_id: str, user_id: str, now: datetime, life: timedelta) -> Family:
        """A fresh sign-in; its first token has generation 1."""
        ends = now + min(life, LONGEST)
        return cls(family_id, user_id, 1, started_at=now, expires_at=ends, renewed_at=now)

    def present(self, generation: int, now: datetime, life: timedelta) -> tuple[Verdict, Family]:
        """The verdict on a token of this family and the family afterwards."""
        if self.revoked_at is not None:
            return Verdict.REVOKED, self
        # Before the look at the clock: an old token that comes back may be theft, expired or not.
        if generation != self.generation:
            return Verdict.REUSED, self._revoked(Reason.REUSED, now)
        if now >= self.expires_at:
            return Verdict.EXPIRED, self
        ends = min(now + life, self.started_at + LONGEST)
        following = self.generation + 1
        return Verdict.ROTATED, replace(self, generation=following, expires_at=ends, renewed_at=now)

    def signed_out(self, now: datetime) -> Family:
        """The family after a sign-out; doing it again changes nothing."""
        return self if self.revoked_at is not None else self._revoked(Reason.SIGNED_OUT, now)

    def may_speak(self, now: datetime, token_life: timedelta) -> bool:
        """Whether an access token of this sign-in can still be alive."""
        return self.renewed_at is None or now < self.renewed_at + token_life

    def _revoked(self, reason: Reason, now: datetime) -> Family:
        return replace(self, revoked_at=now, revoked_for=reason)
