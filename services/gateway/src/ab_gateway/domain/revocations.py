"""Tokens that are believed no more although they have not expired."""

from __future__ import annotations

from dataclasses import dataclass

from ab_gateway.domain.identity import Verified

# An expired token passes for the seconds that clocks may differ: it is remembered past its end.
SLACK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Revocation:
    """Sign-ins of a user that have ended; all times in Unix seconds.

    ``issued_until`` takes every token issued up to then. After ``forget_at`` nobody has to
    remember this.
    """

    user_id: str
    forget_at: float
    session_ids: tuple[str, ...] = ()
    issued_until: float | None = None

    def covers(self, token: Verified) -> bool:
        """Whether a token of this user is one of them."""
        if token.session_id is not None and token.session_id in self.session_ids:
            return True
        return self.issued_until is not None and token.issued_at <= self.issued_until
