"""Looking at stored sounds one by one, each service at its own, and giving up broken ones."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.reconciling import MAX_PAGE, Kind

MEBIBYTE = 1024 * 1024
MAX_BUDGET = 512 * MEBIBYTE
Verdict = Literal["ok", "unknown", "missing", "empty", "wrong_size", "wrong_hash"]
"""unknown: its maker has no row of it; the others speak of its object."""


class InspectedObject(Contract):
    """What its maker's row says of a sound, and what the store says.

    ``hashed``: the SHA-256 of the bytes themselves, where they were read.
    """

    name: str
    verdict: Verdict
    bytes: int | None = None
    stored_bytes: int | None = None
    sha256: str | None = None
    stored_sha256: str | None = None
    hashed: str | None = None


class InspectedObjects(Contract):
    """In the order of the names; ``read_bytes`` is what hashing took of the budget."""

    objects: tuple[InspectedObject, ...]
    read_bytes: int = Field(default=0, ge=0)


class InspectObjects(Request[InspectedObjects]):
    """Look at what is stored under these names; ``deep`` reads the bytes and hashes them.

    No more than ``budget_bytes`` are read: what does not fit any more is not hashed.
    """

    reply_type: ClassVar[type[Contract]] = InspectedObjects

    kind: Kind
    names: tuple[str, ...] = Field(min_length=1, max_length=MAX_PAGE)
    deep: bool = False
    budget_bytes: int = Field(default=128 * MEBIBYTE, ge=0, le=MAX_BUDGET)


class InspectSpeech(InspectObjects):
    """Look at raw speech."""

    routing_key: ClassVar[str] = "tts.inspect_objects.v1"


class InspectAudio(InspectObjects):
    """Look at prepared reads, tracks, stems or mixdowns."""

    routing_key: ClassVar[str] = "stitching.inspect_objects.v1"


class DiscardedObjects(Contract):
    """How many of them had a row."""

    discarded: int = Field(ge=0)


class DiscardObjects(Request[DiscardedObjects]):
    """Believe in these sounds no more, so that the next wish makes them anew; audited.

    Their objects stay until they are replaced: whoever has the same sound goes on playing.
    """

    reply_type: ClassVar[type[Contract]] = DiscardedObjects

    kind: Kind
    names: tuple[str, ...] = Field(min_length=1, max_length=MAX_PAGE)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class DiscardSpeech(DiscardObjects):
    """Give up raw speech."""

    routing_key: ClassVar[str] = "tts.discard_objects.v1"


class DiscardAudio(DiscardObjects):
    """Give up prepared reads, tracks, stems or mixdowns."""

    routing_key: ClassVar[str] = "stitching.discard_objects.v1"
