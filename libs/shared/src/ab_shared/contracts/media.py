"""Facts about stored sound, without any URL: URLs are signed at the edge, per answer."""

from __future__ import annotations

from pydantic import Field

from ab_shared.contracts.base import Contract

AUDIO_TYPE = "audio/mp4"
"""Of every track and stem: AAC in MP4, under the name ``.m4a``."""


class AssetRef(Contract):
    """An object in the media bucket."""

    key: str = Field(min_length=1)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str = AUDIO_TYPE
    duration_ms: int = Field(ge=0)


class Segment(Contract):
    """Where somebody speaks, in milliseconds of the finished track."""

    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)
