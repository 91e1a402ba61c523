"""Offline files: the voice looped over ducked beds, asked for, made and handed out."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Command, Contract, Event, Request
from ab_shared.contracts.commands import ADDRESS
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import AUDIO_TYPE, AssetRef, Segment
from ab_shared.contracts.offline import Licence
from ab_shared.contracts.rpc import Layer, Mix

MixdownFormat = Literal["m4a", "mp3"]
MIXDOWN_TYPES: dict[MixdownFormat, str] = {"m4a": AUDIO_TYPE, "mp3": "audio/mpeg"}
SHORTEST_MINUTES = 5
LONGEST_MINUTES = 180
MINUTES = Field(ge=SHORTEST_MINUTES, le=LONGEST_MINUTES)
MIXDOWN_VERSION = "mixdown-1"
"""Part of a mixdown's content address: bump it when mixing changes what is heard."""


class RenderMixdown(Command):
    """Mix one offline file.

    Carries all it is made of: the three sounds as they are now, and the segments that players
    are told of too, so that the file ducks where the app does.
    """

    routing_key: ClassVar[str] = "stitching.mixdown.v1"

    mixdown_address: str = ADDRESS
    job_id: UUID
    title: str = Field(min_length=1)
    minutes: int = MINUTES
    format: MixdownFormat
    fade_out: bool
    mix: Mix
    voice: Layer
    segments: tuple[Segment, ...]
    brain_layer: Layer
    background: Layer


class CancelMixdown(Command):
    """Stop working for these jobs: what runs stops, what waits is not begun."""

    routing_key: ClassVar[str] = "stitching.cancel_mixdown.v1"

    mixdown_address: str = ADDRESS
    job_ids: tuple[UUID, ...] = Field(min_length=1, max_length=100)


class MixdownProgressed(Event):
    """How far a mixdown is, some fifty times in all."""

    routing_key: ClassVar[str] = "stitching.mixdown_progressed.v1"

    mixdown_address: str = ADDRESS
    progress: float = Field(ge=0, le=1)


class MixdownRendered(Event):
    """An offline file stands in the object store; all that is known of it."""

    routing_key: ClassVar[str] = "stitching.mixdown_rendered.v1"

    mixdown_address: str = ADDRESS
    asset: AssetRef
    loudness_lufs: float
    true_peak_dbtp: float
    profile_version: str
    render_ms: int = Field(ge=0)


class MixdownFailed(Event):
    """An offline file could not be made for a job, and trying again will not help."""

    routing_key: ClassVar[str] = "stitching.mixdown_failed.v1"

    mixdown_address: str = ADDRESS
    job_id: UUID
    code: str
    message: str


class MixdownState(Contract):
    """Ready, or the one live job that makes it so."""

    ready: bool
    job: JobSnapshot | None = None


class RequestMixdown(Request[MixdownState]):
    """Make sure there is an offline file, or a live job for it.

    Refused with EntitlementRequired unless the plan holds downloads of this length, with
    AudioNotReady until the session's own sounds exist.
    """

    routing_key: ClassVar[str] = "session.mixdown.v1"
    reply_type: ClassVar[type[Contract]] = MixdownState

    session_id: UUID
    user_id: str
    minutes: int = MINUTES
    mix: Mix | None = None
    background_id: str | None = None
    format: MixdownFormat = "m4a"
    fade_out: bool = False


DownloadRole = Literal["affirmations", "binaural", "solfeggio", "background", "mixdown"]


class DownloadItem(Contract):
    """One file to keep offline; ``asset_id`` names its content, ``file_name`` is to save it by."""

    asset_id: str
    role: DownloadRole
    asset: AssetRef
    file_name: str | None = None


class DownloadManifest(Contract):
    """Files of a session, unsigned: its track, its stems, its finished mixdowns.

    With ``since`` the items are those that are new or changed since that version and ``removed``
    names those that are gone; without it the items are everything.
    """

    session_id: UUID
    items: tuple[DownloadItem, ...]
    version: str = ""
    since: str | None = None
    removed: tuple[str, ...] = ()
    licence: Licence | None = None


class GetDownload(Request[DownloadManifest]):
    """Ask for a session's files; EntitlementRequired without downloads in the plan.

    ``since`` is a version that was handed out; one that nobody remembers asks for everything.
    """

    routing_key: ClassVar[str] = "session.get_download.v1"
    reply_type: ClassVar[type[Contract]] = DownloadManifest

    session_id: UUID
    user_id: str
    since: str | None = None
