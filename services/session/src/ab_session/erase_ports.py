"""What the use cases of erasures need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import SpeechRecipe

from ab_session.domain.erasing import Doomed, ErasedSound, Erasure
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.session import Session


class Erasing(Protocol):
    """Erasures, and who has what, inside one transaction."""

    async def rely_on_sounds(self) -> None:
        """What is known to exist stays known until this transaction ends. Before any other lock."""
        ...

    async def hold_sounds(self) -> None:
        """Waits for everybody who relies on sounds; who would begin to, waits for this one."""
        ...

    async def begin(self, erasure_id: UUID, user_id: str, at: datetime) -> tuple[Erasure, bool]:
        """The erasure, held, and whether it is new."""
        ...

    async def find(self, erasure_id: UUID) -> Erasure | None:
        """An erasure, held."""
        ...

    async def sessions_of(self, user_id: str) -> Sequence[Session]:
        """All sessions of a user, held, in the order of their ids."""
        ...

    async def tracks_of(self, user_id: str) -> frozenset[str]:
        """The tracks that a user's sessions and jobs name."""
        ...

    async def mixdowns_of(self, user_id: str) -> Sequence[Mixdown]:
        """All jobs of a user for offline files, held, in the order of their ids."""
        ...

    async def lines_of_others(
        self, user_id: str, lines: Collection[str]
    ) -> Sequence[tuple[str, SpeechRecipe]]:
        """Which of these lines somebody else has too, the catalogue included, and how spoken."""
        ...

    async def tracks_of_others(self, user_id: str, tracks: Collection[str]) -> frozenset[str]:
        """Which of these tracks somebody else's session names."""
        ...

    async def mixdowns_of_others(self, user_id: str, files: Collection[str]) -> frozenset[str]:
        """Which of these offline files somebody else has asked for."""
        ...

    async def delete_user(self, user_id: str) -> Mapping[str, int]:
        """Deletes everything of a user's; how much of each kind."""
        ...

    async def delete_own(self, user_id: str) -> Mapping[str, int]:
        """Deletes what is a user's and brings no sound with it; how much of each kind."""
        ...

    async def doom(self, erasure: Erasure, doomed: Doomed, counts: Mapping[str, int]) -> None:
        """Notes which sounds go, in which parts, and what was deleted."""
        ...

    async def doomed(self, erasure_id: UUID) -> Sequence[ErasedSound]:
        """What was noted, but what has since gone with another erasure."""
        ...

    async def erased(self, kind: Kind, name: str) -> ErasedSound | None:
        """Whether a sound went with somebody of late."""
        ...

    async def finish(self, erasure_id: UUID, forget_before: datetime) -> None:
        """Forgets whose an erasure was, and what went with those of long ago."""
        ...
