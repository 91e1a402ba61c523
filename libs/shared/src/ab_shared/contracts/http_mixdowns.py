"""The public wire format of offline files and of what may be kept offline."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StrictBool

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.mixdowns import LONGEST_MINUTES, SHORTEST_MINUTES, DownloadRole

_ADDRESS = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_OLD_ADDRESS = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
Volume = Annotated[float, Field(ge=0, le=1)]


class MixIn(ApiModel):
    """Volumes, 0 to 1; what is left out is that of the default mix."""

    affirmations: Volume = 1.0
    binaural: Volume = Field(default=0.05, description="The brain layer, solfeggio included")
    background: Volume = 0.3


class MixdownIn(ApiModel):
    """An offline file to be made: the voice, looped over beds that step back for it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"minutes": 30},
                {
                    "minutes": 60,
                    "mix": {"affirmations": 1, "binaural": 0.05, "background": 0.3},
                    "backgroundId": "Forest Rain",
                    "format": "mp3",
                    "fadeOut": True,
                },
            ]
        }
    )

    minutes: Annotated[int, Field(ge=SHORTEST_MINUTES, le=LONGEST_MINUTES)] = Field(
        description="How long the file plays, exactly"
    )
    mix: MixIn | None = optional(description="Left out: the default mix")
    background_id: Annotated[str, Field(min_length=1, max_length=64)] | None = optional(
        description="A background of the catalogue by id or title; left out: the session's own"
    )
    format: Literal["m4a", "mp3"] = Field(default="m4a", description="AAC in MP4, or MP3")
    fade_out: StrictBool = Field(
        default=False, description="Let the last minute fade, to fall asleep"
    )


class MixdownOut(ApiModel):
    """Ready and part of the download manifest, or pending with the job to watch."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"status": "pending", "jobId": "5e0c8d1a-2f8b-5c0e-9a53-0d6a3c0b7a11"},
                {"status": "ready"},
            ]
        }
    )

    status: Literal["ready", "pending"]
    job_id: UUID | None = optional()


class DownloadItemOut(ApiModel):
    """One file. Its URL takes Range requests, so that a download can be resumed."""

    asset_id: str = Field(description="Names the content: another id is another file")
    role: DownloadRole
    url: str = Field(description="Signed; asks for no token")
    expires_at: Instant
    bytes: int
    sha256: str
    content_type: str
    duration_ms: int
    file_name: str | None = optional(description="What to save it as")


class LicenceOut(ApiModel):
    """Files may be played offline until ``expiresAt``; then ask again. Grace is included.

    A device whose clock says less than ``issuedAt`` has a wrong clock: ask again before playing.
    """

    issued_at: Instant
    expires_at: Instant
    grace: bool = Field(description="The store is still trying to be paid")


class DownloadOut(ApiModel):
    """Files of a session that may be kept; ``version`` changes when the files do.

    With ``since`` the items are those that are new or changed since that version, and ``removed``
    names what is to be deleted; without it the items are everything, and nothing else is to stay.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "version": "4b1d9a2c7e0f5a36",
                    "items": [
                        {
                            "assetId": _ADDRESS,
                            "role": "affirmations",
                            "url": f"https://media.example.com/tracks/{_ADDRESS}/affirmations.m4a",
                            "expiresAt": "2026-01-05T18:30:15.000Z",
                            "bytes": 3743210,
                            "sha256": _ADDRESS,
                            "contentType": "audio/mp4",
                            "durationMs": 155959,
                            "fileName": "affirmations.m4a",
                        }
                    ],
                    "since": "1f0e2d3c4b5a6978",
                    "removed": [_OLD_ADDRESS],
                    "licence": {
                        "issuedAt": "2026-01-05T12:30:15.000Z",
                        "expiresAt": "2026-02-05T00:00:00.000Z",
                        "grace": False,
                    },
                }
            ]
        }
    )

    version: str
    items: list[DownloadItemOut]
    since: str | None = optional(description="The version this is a change of")
    removed: list[str] | None = optional(description="Asset ids that are gone since then")
    licence: LicenceOut | None = optional()
