"""Facts about stored sound, without any URL: URLs are signed at the edge, per answer."""

from __future__ import annotations

from pydantic import Field

from ab_shared.contracts.base import Contract


class AssetRef(Contract):
    """An object in the media bucket."""

    key: str = Field(min_length=1)
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content_type: str = "audio/mp4"
    duration_ms: int = Field(ge=0)


class Segment(Contract):
    """Where somebody speaks, in milliseconds of the finished track."""

    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)
