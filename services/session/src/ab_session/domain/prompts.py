"""Prompt templates: texts under keys, in versions, given to shares of the users."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from ab_shared.contracts.prompts import MAX_PROMPT
from ab_shared.errors import Conflict, NotFound

SHIPPED = "shipped"
"""Who wrote the versions that come with the service."""
SHORTEST = 20
SLOTS = 10_000
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


class State(StrEnum):
    """What becomes of a version."""

    DRAFT = "draft"
    ACTIVE = "active"
    TRIAL = "trial"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Template:
    """A key, what it is for, and the placeholders a text under it may and must hold."""

    key: str
    about: str
    known: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One text, which never changes; ``percent`` of the users have it while it is on trial."""

    key: str
    number: int
    text: str
    created_by: str
    created_at: datetime
    state: State = State.DRAFT
    percent: int = 0
    note: str | None = None


INSTRUCTIONS = Template(
    "writer.instructions",
    "How lines are written; told first and the same to everybody, so that servers can cache it",
)
REQUEST = Template(
    "writer.request",
    "What one listener wants, their own words as data in {{wish}}",
    frozenset({"count", "framework", "wish"}),
    frozenset({"count", "wish"}),
)
REPAIR = Template(
    "writer.repair",
    "What was wrong with the lines, for the one second attempt",
    frozenset({"count", "complaints"}),
    frozenset({"complaints"}),
)
TEMPLATES: Mapping[str, Template] = MappingProxyType(
    {template.key: template for template in (INSTRUCTIONS, REQUEST, REPAIR)}
)


def template_of(key: str) -> Template:
    """The template; NotFound for a key that no writer uses."""
    if key not in TEMPLATES:
        raise NotFound("There is no such template")
    return TEMPLATES[key]


def text_complaints(template: Template, text: str) -> list[str]:
    """What keeps a text from being a version of a template; empty for a good one."""
    found = []
    if not SHORTEST <= len(text.strip()) <= MAX_PROMPT:
        found.append(f"has {len(text.strip())} characters, not {SHORTEST} to {MAX_PROMPT}")
    if any(ord(sign) < ord(" ") and sign not in "\n\t" for sign in text):
        found.append("holds control characters")
    named = set(_PLACEHOLDER.findall(text))
    found += [f"names {name!r}, which nothing fills" for name in sorted(named - template.known)]
    found += [f"lacks {{{{{name}}}}}" for name in sorted(template.required - named)]
    rest = _PLACEHOLDER.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("holds a placeholder that does not end or begin")
    return found


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: what a value holds is never looked at."""
    return _PLACEHOLDER.sub(lambda match: values.get(match.group(1), match.group(0)), text)


def slot_of(version: PromptVersion, user_id: str) -> int:
    """Where a user stands among 10,000 for one version: the same on every machine, for ever.

    Another version deals anew, so that it is not always the same people who try.
    """
    name = f"{version.key}\n{version.number}\n{user_id}".encode()
    return int.from_bytes(sha256(name).digest()[:8]) % SLOTS


def version_for(versions: Sequence[PromptVersion], user_id: str) -> PromptVersion | None:
    """What a user is given: the version on trial in their share of users, else the active one."""
    trial = on_trial(versions)
    if trial is not None and slot_of(trial, user_id) * 100 < trial.percent * SLOTS:
        return trial
    return active(versions)


def active(versions: Sequence[PromptVersion]) -> PromptVersion | None:
    """The version that everybody has who is in no trial."""
    return next((one for one in versions if one.state is State.ACTIVE), None)


def on_trial(versions: Sequence[PromptVersion]) -> PromptVersion | None:
    """The version that a share of the users has."""
    return next((one for one in versions if one.state is State.TRIAL), None)


def share_of(versions: Sequence[PromptVersion], version: PromptVersion) -> int:
    """Per cent of the users who are given a version."""
    if version.state is not State.ACTIVE:
        return version.percent
    trial = on_trial(versions)
    return 100 - (trial.percent if trial else 0)


def activated(versions: Sequence[PromptVersion], number: int) -> list[PromptVersion]:
    """Those that change when a version is given to everybody; none where it is so already.

    Raises:
        NotFound: there is no such version.
    """
    chosen = _find(versions, number)
    after = [replace(one, state=_after_activation(one, chosen), percent=0) for one in versions]
    return _changed(versions, after)


def _after_activation(one: PromptVersion, chosen: PromptVersion) -> State:
    if one is chosen:
        return State.ACTIVE
    # A trial is over once everybody has been given something: it tried the version before.
    return State.RETIRED if one.state in {State.ACTIVE, State.TRIAL} else one.state


def rolled_out(versions: Sequence[PromptVersion], number: int, percent: int) -> list[PromptVersion]:
    """Those that change when a share of the users is given a version; 0 makes it a draft again.

    Raises:
        NotFound: there is no such version.
        Conflict: everybody has it, or another one is on trial.
    """
    chosen = _find(versions, number)
    if chosen.state is State.ACTIVE:
        raise Conflict("This version is the one that everybody has")
    other = on_trial(versions)
    if other is not None and other is not chosen and percent > 0:
        raise Conflict(f"Version {other.number} is on trial; end that first")
    if percent > 0:
        after = replace(chosen, state=State.TRIAL, percent=percent)
    elif chosen.state is State.TRIAL:
        after = replace(chosen, state=State.DRAFT, percent=0)
    else:
        after = chosen
    return _changed([chosen], [after])


def _find(versions: Sequence[PromptVersion], number: int) -> PromptVersion:
    for one in versions:
        if one.number == number:
            return one
    raise NotFound("There is no such version of this template")


def _changed(
    before: Sequence[PromptVersion], after: Sequence[PromptVersion]
) -> list[PromptVersion]:
    return [new for old, new in zip(before, after, strict=True) if new != old]
