"""What deleting sounds that edits and deletions left behind needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from ab_session.domain.editing import Spoken
from ab_session.domain.erasing import Doomed, LeftSounds


class Left(Protocol):
    """What is in nobody's session any more, perhaps, inside one transaction."""

    async def leave_tracks(self, user_id: str, tracks: Collection[str], at: datetime) -> None:
        """Remembers tracks that a session of somebody's has no more."""
        ...

    async def due(self, before: datetime) -> bool:
        """Whether anything was left before an instant."""
        ...

    async def take(self, before: datetime, limit: int) -> LeftSounds:
        """Forgets the oldest that were left before an instant, and says what they were."""
        ...

    async def lines_in_use(self, lines: Collection[str]) -> Sequence[Spoken]:
        """Which of these lines a session has, anybody's, or what else was left; and how spoken."""
        ...

    async def in_use(self, sounds: Doomed) -> Doomed:
        """Which of these sounds a session, a live job, an offline file or what else was left needs.

        Reads by their lines are not among them, see ``lines_in_use``: those that live jobs wait
        for are.
        """
        ...
