"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Container, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.events import ReadPrepared, ReadReady
from ab_shared.contracts.exporting import Held
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import SpeechRecipe
from ab_shared.contracts.usage import HeldReservation
from ab_shared.database.ports import UnitOfWork

from ab_session.domain.captions import WordTimes
from ab_session.domain.job import Job, Stage
from ab_session.domain.paging import ANYTHING, Listed, Place, Sought
from ab_session.domain.plan import PlannedRead
from ab_session.domain.session import Generation, Session
from ab_session.domain.sounds import Found, Known, PublishedStem, Track, Wanted
from ab_session.erase_ports import Erasing
from ab_session.left_ports import Left
from ab_session.library_ports import Library
from ab_session.listening_ports import ListeningUnit
from ab_session.moderation_ports import ModerationUnit
from ab_session.notice_ports import Notices
from ab_session.offline_ports import Mixdowns, Offline
from ab_session.self_ports import Enrolments, SelfKnowledge
from ab_session.writer_ports import WritingUnit


class Sessions(Protocol):
    """Sessions inside one transaction."""

    async def add(self, session: Session) -> bool:
        """Keeps a new session; False when its id is taken, by a concurrent request too."""
        ...

    async def find(self, session_id: UUID, *, hold: bool = False) -> Session | None:
        """A session; ``hold`` makes everybody else who holds it wait for this transaction."""
        ...

    async def find_many(self, session_ids: Collection[UUID]) -> list[Session]:
        """Those of these sessions that there are, in any order."""
        ...

    async def open_render(self, session: Session) -> None:
        """Writes the pin, the generation and the audio of a session that gets a new job."""
        ...

    async def end_render(
        self, session_id: UUID, *, generation: Generation | None, track: str | None, at: datetime
    ) -> int | None:
        """Settles the generation (None: leave it) and sets the track (None: leave it).

        Returns the session's new version where its audio changed, else None.
        """
        ...

    async def lose_tracks(
        self, tracks: Sequence[str], at: datetime
    ) -> list[tuple[UUID, str | None, int]]:
        """Sessions with these tracks have no audio; their ids, owners and new versions."""
        ...

    async def page(
        self,
        user_id: str | None,
        limit: int,
        offset: int,
        behind: Place | None = None,
        sought: Sought = ANYTHING,
    ) -> list[Listed]:
        """Catalogue rows in their order, then the user's own, newest first; from ``behind`` on."""
        ...

    async def seed(self, sessions: Sequence[Session]) -> dict[UUID, int]:
        """Writes the catalogue in this order; the versions of those that are new or changed.

        A session whose lines or voice changed loses its pin and its audio.
        """
        ...


class Jobs(Protocol):
    """Audio jobs inside one transaction."""

    async def add(self, job: Job, reads: Sequence[PlannedRead], preparing: Container[str]) -> bool:
        """Keeps a new job and, while it lives, its reads; False when its session has a live one.

        ``preparing`` holds the prepared addresses that have been asked for already.
        """
        ...

    async def find(self, job_id: UUID, *, hold: bool = False) -> Job | None:
        """A job; ``hold`` makes everybody else who holds it wait for this transaction."""
        ...

    async def latest(self, session_id: UUID) -> Job | None:
        """The last job of a session."""
        ...

    async def save(self, job: Job) -> None:
        """Writes a job that is held; the reads of one that has ended are forgotten."""
        ...

    async def reopen(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        """Writes a held job that had ended and begins again; all of its reads are to be asked for.

        Conflict when its session has a live job.
        """
        ...

    async def replan(self, job: Job, reads: Sequence[PlannedRead]) -> None:
        """Writes a held live job that makes another track, of reads that are to be asked for."""
        ...

    async def page(self, stages: Sequence[Stage], before: datetime | None, limit: int) -> list[Job]:
        """Everybody's jobs in one of the stages (none: in any), newest first."""
        ...

    async def waiting_for_speech(self, speech_address: str) -> list[Job]:
        """Live jobs with this read, held, in the order of their ids."""
        ...

    async def waiting_for_prepared(self, prepared_address: str) -> list[Job]:
        """Live jobs with this prepared read, held, in the order of their ids."""
        ...

    async def waiting_for_track(self, track_address: str) -> list[Job]:
        """Live jobs with this track, held, in the order of their ids."""
        ...

    async def waiting_for_stem(self, stem_id: str) -> list[Job]:
        """Live jobs with this stem, held, in the order of their ids."""
        ...

    async def found(self, job_ids: Iterable[UUID]) -> dict[UUID, Found]:
        """How far the parts of live jobs exist now."""
        ...

    async def sequence(self, job_id: UUID) -> tuple[str, ...]:
        """A live job's prepared addresses in playing order."""
        ...

    async def first_position(
        self, job_id: UUID, *, speech: str | None = None, prepared: str | None = None
    ) -> int | None:
        """Where a live job plays a read first; None when the read exists or is not the job's."""
        ...

    async def overdue(self, now: datetime) -> Job | None:
        """A live job that is due to be looked after, held; skips those that others hold."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechNews:
    """``made``: news that it was newly spoken, which a job can be credited with, once.

    ``to_prepare``: prepared addresses that nobody has asked for yet.
    """

    made: bool
    to_prepare: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StemNews:
    """``published``: exist after all. ``to_ask``: nobody has asked for them of late."""

    published: frozenset[str]
    to_ask: tuple[str, ...]


class Sounds(Protocol):
    """What is known to exist, inside one transaction."""

    async def known(self, wanted: Wanted) -> Known:
        """What of it exists, in one round trip."""
        ...

    async def speech_ready(self, event: ReadReady) -> SpeechNews:
        """Keeps that a read is spoken and claims preparing it for the live jobs that have it."""
        ...

    async def read_prepared(self, event: ReadPrepared) -> bool:
        """Keeps that a read is prepared; whether a job can be credited with it, once."""
        ...

    async def forget_reads(self, speech: Iterable[str], prepared: Iterable[str]) -> None:
        """These sounds are gone, or no good; preparing them can be claimed again."""
        ...

    async def track_rendered(self, track: Track) -> bool:
        """Keeps a track; whether that is news."""
        ...

    async def track(self, track_address: str) -> Track | None:
        """A track and what was measured on it."""
        ...

    async def word_times(self, prepared: Iterable[str]) -> dict[str, WordTimes]:
        """When the words of these prepared reads are spoken, where that is known."""
        ...

    async def stem_published(self, stem: PublishedStem) -> bool:
        """Keeps a stem as it is now; whether there was none before."""
        ...

    async def stem_failed(self, stem_id: str) -> bool:
        """The stem may be asked for again; False when it exists, for then nothing has failed."""
        ...

    async def stems(self, stem_ids: Iterable[str]) -> dict[str, PublishedStem]:
        """Those that exist."""
        ...

    async def ask_for_stems(self, stem_ids: Iterable[str], now: datetime) -> StemNews:
        """Claims asking for stems; whoever publishes one meanwhile waits for this transaction."""
        ...

    async def names(self, kind: Kind, after: str, limit: int) -> Sequence[str]:
        """A page of all that is known to exist of a kind, sorted."""
        ...

    async def forget(self, kind: Kind, names: Sequence[str]) -> int:
        """These sounds are gone; how many of them were known."""
        ...


class PersonalRecords(Protocol):
    """Everything held of one user, for an archive of theirs."""

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """Rows of one kind behind the key ``after``, in the order of their keys."""
        ...


class Unit(UnitOfWork, ListeningUnit, ModerationUnit, WritingUnit, Protocol):
    """One transaction of this service."""

    @property
    def sessions(self) -> Sessions:
        """Its sessions."""
        ...

    @property
    def jobs(self) -> Jobs:
        """Its jobs."""
        ...

    @property
    def sounds(self) -> Sounds:
        """What it knows to exist."""
        ...

    @property
    def mixdowns(self) -> Mixdowns:
        """Its offline files."""
        ...

    @property
    def offline(self) -> Offline:
        """What is kept offline."""
        ...

    @property
    def notices(self) -> Notices:
        """What devices are to be told."""
        ...

    @property
    def personal(self) -> PersonalRecords:
        """What it holds of each user."""
        ...

    @property
    def erasing(self) -> Erasing:
        """Its erasures."""
        ...

    @property
    def library(self) -> Library:
        """Its sessions as their owners keep them."""
        ...

    @property
    def left(self) -> Left:
        """What edits and deletions left behind."""
        ...

    @property
    def selves(self) -> SelfKnowledge:
        """What listeners told of themselves."""
        ...

    @property
    def enrolments(self) -> Enrolments:
        """Who is in which program."""
        ...


class Store(Protocol):
    """All that this service owns."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that exists, under its wire id, and who stands in for it."""

    voice_id: str
    recipe: SpeechRecipe
    instead: tuple[SpeechRecipe, ...] = ()


class Voices(Protocol):
    """The voices there are today."""

    async def resolve(self, voice_id: str) -> Voice:
        """The voice with this id, or the fallback voice for an id nobody knows.

        Raises:
            DependencyUnavailable: no voice has ever been heard of.
        """
        ...


class Generations(Protocol):
    """A user's generations."""

    async def reserve(
        self, reservation_id: UUID, user_id: str, *, lines: Sequence[str], voice_id: str
    ) -> None:
        """Takes one of today's; again under the same id takes nothing more.

        Raises:
            FreeLimitReached, RateLimited: none is left, or nothing of the day's budget.
            SessionTooLong, EntitlementRequired: the plan holds fewer lines, or not this voice.
        """
        ...


class Reservations(Protocol):
    """Generations that are held."""

    def held_since(self, before: datetime) -> AsyncIterator[HeldReservation]:
        """Those that were reserved before an instant and never settled, oldest first."""
        ...
