"""The texts a model is told, as versioned data: looked at, tried and changed by administrators."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from ab_shared.contracts.affirmations import DEFAULT_LINES, MOST_LINES
from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request

PromptState = Literal["draft", "active", "trial", "retired"]
MAX_PROMPT = 8000
MAX_KEY = 64
MAX_NOTE = 300


class PromptVersion(Contract):
    """One text, which never changes; ``rollout_percent`` is the share of users who get it."""

    version: int
    state: PromptState
    rollout_percent: int
    text: str
    note: str | None
    created_by: str
    created_at: AwareDatetime


class PromptSummary(Contract):
    """A template by its key; ``trial`` is the version that part of the users gets."""

    key: str
    about: str
    placeholders: tuple[str, ...]
    active: int | None
    trial: int | None
    rollout_percent: int
    versions: int


class WriterState(Contract):
    """Who writes, and what was spent today (UTC); a millionth of a dollar is the unit of cost."""

    provider: str
    model: str | None
    resting: bool
    calls_today: int
    daily_calls: int
    cost_micros_today: int
    daily_cost_micros: int


class PromptList(Contract):
    """Every template, and the writer that is told them."""

    prompts: tuple[PromptSummary, ...]
    writer: WriterState


class Prompt(Contract):
    """A template with all its versions, newest first."""

    summary: PromptSummary
    versions: tuple[PromptVersion, ...]


class ListPrompts(Request[PromptList]):
    """What templates there are."""

    routing_key: ClassVar[str] = "session.list_prompts.v1"
    reply_type: ClassVar[type[Contract]] = PromptList


class GetPrompt(Request[Prompt]):
    """One template; NotFound for a key that no writer uses."""

    routing_key: ClassVar[str] = "session.get_prompt.v1"
    reply_type: ClassVar[type[Contract]] = Prompt

    key: str


class PromptDeed(Request[Prompt]):
    """Something done to one template; it is audited."""

    reply_type: ClassVar[type[Contract]] = Prompt

    key: str = Field(min_length=1, max_length=MAX_KEY)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class AddPromptVersion(PromptDeed):
    """Keep a new text as a draft; ValidationFailed names what is wrong with it."""

    routing_key: ClassVar[str] = "session.add_prompt_version.v1"

    text: str = Field(min_length=1, max_length=MAX_PROMPT)
    note: str | None = Field(default=None, max_length=MAX_NOTE)


class ActivatePrompt(PromptDeed):
    """Give a version to everybody; the one before is retired, and a trial of it is over."""

    routing_key: ClassVar[str] = "session.activate_prompt.v1"

    version: int = Field(ge=1)


class RollOutPrompt(PromptDeed):
    """Give a version to a share of the users, the same ones as long as it grows; 0 ends it."""

    routing_key: ClassVar[str] = "session.roll_out_prompt.v1"

    version: int = Field(ge=1)
    percent: int = Field(ge=0, le=100)


class PromptPreview(Contract):
    """A template filled with a made-up wish; ``lines`` where the model was asked to write.

    ``complaints`` say what breaks the rules of templates, or of writing where there are lines.
    """

    text: str
    characters: int
    complaints: tuple[str, ...]
    lines: tuple[str, ...] = ()


class PreviewPrompt(Request[PromptPreview]):
    """Fill a version, or a text that is not kept yet; ``write`` has the model try it, and costs."""

    routing_key: ClassVar[str] = "session.preview_prompt.v1"
    reply_type: ClassVar[type[Contract]] = PromptPreview

    key: str = Field(min_length=1, max_length=MAX_KEY)
    version: int | None = None
    text: str | None = Field(default=None, max_length=MAX_PROMPT)
    write: bool = False
    session_type: str = ""
    struggle: str = ""
    goal: str = ""
    count: int = Field(default=DEFAULT_LINES, ge=1, le=MOST_LINES)
