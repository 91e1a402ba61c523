"""The public wire format of captions and waveforms."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from ab_shared.contracts.http import ApiModel, optional


class CaptionWordOut(ApiModel):
    """One word, in milliseconds of the track."""

    text: str
    start_ms: int
    end_ms: int


class CueOut(ApiModel):
    """One read of one line; ``words`` where the voice's provider timed them."""

    line: int = Field(description="From 1")
    read: int = Field(description="1 or 2")
    text: str
    start_ms: int
    end_ms: int
    words: list[CaptionWordOut] | None = optional()


class CaptionsOut(ApiModel):
    """Which line is spoken when."""

    session_id: UUID
    affirmations_hash: str = Field(description="The track that these captions belong to")
    duration_ms: int
    cues: list[CueOut]


class WaveformOut(ApiModel):
    """Peaks to draw, each of an equal share of the track."""

    session_id: UUID
    affirmations_hash: str = Field(description="The track that this waveform belongs to")
    duration_ms: int
    peaks: list[float] = Field(description="From 0 to 1, in playing order")
