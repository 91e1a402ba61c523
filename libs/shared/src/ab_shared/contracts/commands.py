"""Commands: what one service asks another to do."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Command
from ab_shared.contracts.speech import SpeechRecipe, Variant

ADDRESS = Field(pattern=r"^[0-9a-f]{64}$")


class SynthesizeRead(Command):
    """Speak one line once and keep it under its address."""

    routing_key: ClassVar[str] = "tts.synthesize.v1"

    speech_address: str = ADDRESS
    text: str = Field(min_length=1, max_length=500)
    recipe: SpeechRecipe
    variant: Variant
    job_id: UUID | None = None


class SynthesizeReadLater(SynthesizeRead):
    """The same, for what lies far inside a long track: shorter jobs may overtake it."""

    routing_key: ClassVar[str] = "tts.synthesize_later.v1"


class PrepareRead(Command):
    """Make raw speech ready for splicing: trim, level, limit, encode."""

    routing_key: ClassVar[str] = "stitching.prepare.v1"

    speech_address: str = ADDRESS
    prepared_address: str = ADDRESS
    speech_key: str = Field(min_length=1)
    job_id: UUID | None = None


class RenderTrack(Command):
    """Splice prepared reads into one track.

    ``reads`` holds the prepared addresses in playing order: line 1 read 1, line 1 read 2, line 2
    read 1 and so on, hence an even number.
    """

    routing_key: ClassVar[str] = "stitching.render.v1"

    track_address: str = ADDRESS
    reads: tuple[str, ...] = Field(min_length=2, max_length=100)
    job_id: UUID | None = None


class PublishStem(Command):
    """Make sure that a stem (brain layer or background) is in the object store."""

    routing_key: ClassVar[str] = "stitching.publish_stem.v1"

    stem_id: str = Field(min_length=1, max_length=64)
