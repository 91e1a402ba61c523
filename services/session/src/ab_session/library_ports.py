"""What editing, deleting, marking and sharing sessions needs from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import LeftSounds
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.session import Session
from ab_session.domain.sharing import ShareLink


class Library(Protocol):
    """Sessions as their owners keep them, inside one transaction."""

    async def rewrite(self, session: Session) -> None:
        """Writes everything of a session that is held but its id, owner and birth."""
        ...

    async def paid(self, session_id: UUID) -> bool:
        """Whether a generation was ever kept for it."""
        ...

    async def bury(self, session: Session, at: datetime) -> None:
        """Deletes a session that is held, with its jobs, marks and links, and remembers its id."""
        ...

    async def buried(self, session_id: UUID) -> str | None:
        """Whose a deleted session was."""
        ...

    async def leave_lines(self, user_id: str, lines: Iterable[Spoken], at: datetime) -> None:
        """Remembers what was spoken for somebody and is in no session of theirs any more."""
        ...

    async def left_sounds(self, user_id: str) -> LeftSounds:
        """All that somebody's edits and deletions left behind."""
        ...

    async def live_mixdowns(self, session_id: UUID) -> Sequence[Mixdown]:
        """Live jobs for offline files of a session, by address and id."""
        ...

    async def mark(self, user_id: str, session_id: UUID, at: datetime) -> None:
        """Marks a favourite; one that is marked stays as it is."""
        ...

    async def unmark(self, user_id: str, session_id: UUID) -> None:
        """Takes a mark away."""
        ...

    async def add_link(self, link: ShareLink) -> None:
        """Keeps a new link."""
        ...

    async def links(self, session_id: UUID, at: datetime) -> Sequence[ShareLink]:
        """Those that hold, newest first."""
        ...

    async def cut_link(self, session_id: UUID, share_id: UUID) -> None:
        """Ends a link."""
        ...

    async def link(self, token_hash: str) -> ShareLink | None:
        """The link with this token, whether it holds or not."""
        ...
