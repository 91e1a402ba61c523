"""Prompt templates on the admin surface."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from ab_shared.contracts.affirmations import DEFAULT_LINES, MOST_LINES
from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.http_admin import Why
from ab_shared.contracts.http_affirmations import Wish
from ab_shared.contracts.prompts import MAX_KEY, MAX_NOTE, MAX_PROMPT, PromptState
from ab_shared.contracts.writing import PLAIN, TURNING, UNWRITABLE, Label

PromptKey = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z_]+)+$", max_length=MAX_KEY)]


def _plain_lines(text: str) -> str:
    """Line breaks are part of a text; some editors write two signs for one."""
    lines = text.replace("\r\n", "\n")
    written = lines.replace("\n", "").replace("\t", "")
    if any(sign in TURNING or unicodedata.category(sign) in UNWRITABLE for sign in written):
        raise ValueError("must not contain control characters")
    return lines


PromptText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_PROMPT),
    AfterValidator(_plain_lines),
]
Note = Annotated[str, Field(max_length=MAX_NOTE), PLAIN]


class AiSourceOut(ApiModel):
    """A template; ``trial`` is the version that ``rolloutPercent`` of the users get."""

    key: str
    about: str
    placeholders: tuple[str, ...]
    active: int | None = optional()
    trial: int | None = optional()
    rollout_percent: int
    versions: int


class WriterOut(ApiModel):
    """Who writes, and what today (UTC) took, in dollars; a limit of 0 is that of no model."""

    provider: str
    model: str | None = optional()
    resting: bool
    calls_today: int
    daily_calls: int
    spent_today: float
    daily_dollars: float


class AiSourcesOut(ApiModel):
    """Every template, and the writer that is told them."""

    sources: tuple[AiSourceOut, ...]
    writer: WriterOut


class PromptVersionOut(ApiModel):
    """One text; ``rolloutPercent`` is the share of users who get it."""

    version: int
    state: PromptState
    rollout_percent: int
    text: str
    note: str | None = optional()
    created_by: str
    created_at: Instant


class AiSourceVersionsOut(ApiModel):
    """A template with its versions, newest first."""

    source: AiSourceOut
    versions: tuple[PromptVersionOut, ...]


class PromptVersionIn(ApiModel):
    """A new text, kept as a draft."""

    text: PromptText
    note: Note | None = None
    reason: Why | None = None


class RolloutIn(ApiModel):
    """The share of users who get a version; 0 ends it."""

    percent: int = Field(ge=0, le=100)
    reason: Why | None = None


class PromptPreviewIn(ApiModel):
    """A version or a text, and a made-up wish; ``write`` has the model try it, which costs."""

    version: int | None = Field(default=None, ge=1, le=1_000_000)
    text: PromptText | None = None
    write: bool = False
    session_type: Label | None = None
    struggle: Wish | None = None
    goal: Wish | None = None
    count: int = Field(default=DEFAULT_LINES, ge=1, le=MOST_LINES)

    @model_validator(mode="after")
    def _one_of_both(self) -> PromptPreviewIn:
        if (self.version is None) == (self.text is None):
            raise ValueError("name a version or send a text")
        return self


class PromptPreviewOut(ApiModel):
    """What the model is told, what is wrong with it, and what it wrote."""

    text: str
    characters: int
    complaints: tuple[str, ...]
    lines: tuple[str, ...]
