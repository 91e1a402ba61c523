"""Links to sessions: how they are kept, and how many there may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.sharing import Share

# Of one session at a time: each is a door that its owner should be able to keep in mind.
MOST_SHARES = 20


@dataclass(frozen=True, slots=True)
class ShareLink:
    """A link; of its token only the SHA-256, in hex."""

    id: UUID
    user_id: str
    session_id: UUID
    token_hash: str
    created_at: datetime
    expires_at: datetime

    def holds(self, at: datetime) -> bool:
        """Whether it still opens the session."""
        return at < self.expires_at


def share_of(link: ShareLink) -> Share:
    """The link as its owner sees it."""
    return Share(
        id=link.id,
        session_id=link.session_id,
        created_at=link.created_at,
        expires_at=link.expires_at,
    )
