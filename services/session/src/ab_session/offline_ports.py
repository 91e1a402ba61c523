"""What the use cases of offline files need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered

from ab_session.domain.downloads import DownloadPermit
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.offline import Handed
from ab_session.domain.session import Session


class Mixdowns(Protocol):
    """Offline files and the jobs that make them, inside one transaction."""

    async def add(self, job: Mixdown) -> bool:
        """Keeps a new job; False when its owner has a live one for the same file."""
        ...

    async def find(self, job_id: UUID, *, hold: bool = False) -> Mixdown | None:
        """A job; ``hold`` makes everybody else who holds it wait for this transaction."""
        ...

    async def latest(self, user_id: str, session_id: UUID, mixdown_address: str) -> Mixdown | None:
        """A user's last job for this file of a session."""
        ...

    async def live_of(self, user_id: str) -> int:
        """How many live jobs a user has; who asks the same waits for this transaction."""
        ...

    async def save(self, job: Mixdown) -> None:
        """Writes a job that is held."""
        ...

    async def waiting(self, mixdown_address: str) -> list[Mixdown]:
        """Live jobs for this file, held, in the order of their ids."""
        ...

    async def given_up(self, mixdown_address: str) -> tuple[UUID, ...]:
        """The last hundred jobs for this file that ended without it."""
        ...

    async def overdue(self, now: datetime) -> Mixdown | None:
        """A live job that is due to be looked after, held; skips those that others hold."""
        ...

    async def rendered(self, event: MixdownRendered, at: datetime) -> None:
        """Keeps that a file exists, as it was last told of."""
        ...

    async def file(self, mixdown_address: str) -> AssetRef | None:
        """The file, where it exists."""
        ...


class Downloads(Protocol):
    """What users' plans say of offline files."""

    async def permit(self, user_id: str) -> DownloadPermit:
        """What this user may keep; DependencyUnavailable when nobody can say."""
        ...


class Offline(Protocol):
    """Licences, and what was handed out under them, inside one transaction."""

    async def licensed(self, user_id: str, expires_at: datetime, at: datetime) -> None:
        """A user may keep files until then; what had lapsed has not."""
        ...

    async def lapse(self, user_id: str, at: datetime) -> datetime | None:
        """A user may keep nothing any more; since when, None when they never did."""
        ...

    async def keeps(self, user_id: str) -> bool:
        """Whether a user was ever given a licence."""
        ...

    async def run_out(self, now: datetime, limit: int) -> Sequence[str]:
        """Users whose licence has ended, which nobody has noted yet."""
        ...

    async def hand_out(
        self, user_id: str, session_id: UUID, version: str, assets: Mapping[str, str], at: datetime
    ) -> None:
        """Remembers a version that is handed out; of one session the last few are kept."""
        ...

    async def handed(
        self, user_id: str, session_id: UUID, version: str
    ) -> Mapping[str, str] | None:
        """What a version that was handed out held; None when nobody remembers it."""
        ...

    async def shelf(self, user_id: str, limit: int) -> Sequence[Handed]:
        """The last version of each session a user keeps, the last handed out first."""
        ...

    async def forget(self, user_id: str, session_id: UUID) -> bool:
        """A user keeps this session no more; whether they did."""
        ...

    async def sessions(self, session_ids: Collection[UUID]) -> Mapping[UUID, Session]:
        """Those that exist."""
        ...

    async def files(
        self, user_id: str, session_ids: Collection[UUID]
    ) -> Sequence[tuple[UUID, str, str, AssetRef]]:
        """Session, track, address and file of each mixdown a user had made, newest first."""
        ...

    async def mark_unwanted(self, at: datetime) -> None:
        """Notes since when offline files are wanted by nobody, and which are wanted again.

        A file is wanted by a live job for it, and by a finished one whose session still has, or
        gets, that track and whose owner may keep files.
        """
        ...

    async def abandon(self, session_id: UUID, since: datetime) -> None:
        """The files of a session that is about to go were wanted by nobody since then."""
        ...

    async def drop_unwanted(self, before: datetime, limit: int) -> Sequence[str]:
        """Forgets files that nobody has wanted since before then; their addresses."""
        ...

    async def tidy(self, before: datetime) -> int:
        """Forgets what was handed out before then of sessions that are gone, and to whom lapsed."""
        ...
