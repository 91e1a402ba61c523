"""What a player shows beside a track: captions of its lines, and the waveform."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Request


class CaptionWord(Contract):
    """One word of a cue, in milliseconds of the track."""

    text: str
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)


class Cue(Contract):
    """One read of one line (``line`` from 1, ``read`` 1 or 2), in milliseconds of the track."""

    line: int = Field(ge=1)
    read: int = Field(ge=1)
    text: str
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)
    words: tuple[CaptionWord, ...] = ()


class Captions(Contract):
    """All cues of a track in playing order."""

    session_id: UUID
    track_address: str
    duration_ms: int = Field(ge=0)
    cues: tuple[Cue, ...]


class GetCaptions(Request[Captions]):
    """Ask for the captions of a session's track; AudioNotReady until it exists."""

    routing_key: ClassVar[str] = "session.get_captions.v1"
    reply_type: ClassVar[type[Contract]] = Captions

    session_id: UUID
    user_id: str | None


class Waveform(Contract):
    """Peaks from 0 to 1, each the largest of an equal share of the track."""

    session_id: UUID
    track_address: str
    duration_ms: int = Field(ge=0)
    peaks: tuple[float, ...]


class GetWaveform(Request[Waveform]):
    """Ask for the waveform of a session's track; AudioNotReady until it exists."""

    routing_key: ClassVar[str] = "session.get_waveform.v1"
    reply_type: ClassVar[type[Contract]] = Waveform

    session_id: UUID
    user_id: str | None
