"""What an operator asks so that rows and stored objects agree again after a restore or a loss.

Names are what each service calls a sound by: addresses of speech, prepared reads, tracks and
mixdowns, ids of stems. Every request does a page, may be sent again, and with ``dry_run`` changes
nothing; what changes something says so in the audit trail, in the name of its ``actor``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.usage import Actor

Kind = Literal["speech", "prepared", "track", "stem", "mixdown"]
MAX_PAGE = 200


class CheckedObjects(Contract):
    """``missing``: names without a row, or whose object is not there or not what the row says.

    ``next``: ask again with it as ``after``; None after the last page.
    """

    checked: int = Field(ge=0)
    missing: tuple[str, ...] = ()
    next: str | None = None


class CheckObjects(Request[CheckedObjects]):
    """Check that what the rows of one kind name is stored; a row whose object is gone goes too.

    With ``names`` these are checked, else the page of all rows that begins behind ``after``.
    """

    reply_type: ClassVar[type[Contract]] = CheckedObjects

    kind: Kind
    names: tuple[str, ...] = Field(default=(), max_length=MAX_PAGE)
    after: str = ""
    limit: int = Field(default=MAX_PAGE, ge=1, le=MAX_PAGE)
    dry_run: bool = False
    actor: Actor = "operator"


class CheckSpeech(CheckObjects):
    """Check raw speech."""

    routing_key: ClassVar[str] = "tts.check_objects.v1"


class CheckAudio(CheckObjects):
    """Check prepared reads, tracks, stems or mixdowns."""

    routing_key: ClassVar[str] = "stitching.check_objects.v1"


class SweptObjects(Contract):
    """``orphans``: objects that no row names, of which ``deleted`` had been there for long."""

    checked: int = Field(ge=0)
    orphans: int = Field(ge=0)
    deleted: int = Field(ge=0)
    next: str | None = None


class SweepObjects(Request[SweptObjects]):
    """Delete objects that no row names and that are older than ``grace_seconds``.

    The grace lets work in hand finish: an object is stored a moment before its row is.
    """

    reply_type: ClassVar[type[Contract]] = SweptObjects

    kind: Kind
    after: str = ""
    limit: int = Field(default=MAX_PAGE, ge=1, le=MAX_PAGE)
    grace_seconds: int = Field(ge=0)
    dry_run: bool = False
    actor: Actor = "operator"


class SweepSpeech(SweepObjects):
    """Sweep raw speech."""

    routing_key: ClassVar[str] = "tts.sweep_objects.v1"


class SweepAudio(SweepObjects):
    """Sweep prepared reads, tracks, stems or mixdowns."""

    routing_key: ClassVar[str] = "stitching.sweep_objects.v1"


class SoundPage(Contract):
    """Names of sounds that session believes to exist."""

    names: tuple[str, ...] = ()
    next: str | None = None


class ListSounds(Request[SoundPage]):
    """Which sounds of a kind session believes to exist."""

    routing_key: ClassVar[str] = "session.list_sounds.v1"
    reply_type: ClassVar[type[Contract]] = SoundPage

    kind: Kind
    after: str = ""
    limit: int = Field(default=MAX_PAGE, ge=1, le=MAX_PAGE)


class ForgottenSounds(Contract):
    """How many sounds were forgotten, and how many sessions wait for audio because of it."""

    sounds: int = Field(ge=0)
    sessions: int = Field(ge=0)


class ForgetSounds(Request[ForgottenSounds]):
    """These sounds do not exist any more: the next wish for them makes them again."""

    routing_key: ClassVar[str] = "session.forget_sounds.v1"
    reply_type: ClassVar[type[Contract]] = ForgottenSounds

    kind: Kind
    names: tuple[str, ...] = Field(max_length=MAX_PAGE)
    actor: Actor = "operator"
