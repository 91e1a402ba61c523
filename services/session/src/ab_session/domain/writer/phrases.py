"""What the built-in writer composes from: openers of three frameworks, and words by theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Framework(StrEnum):
    """How a line makes itself believable."""

    BRIDGE = "bridge"
    VALUE = "value"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Theme:
    """What a goal is about.

    ``words`` are beginnings of what people write about it, ``titles`` what a session about it may
    be called. ``actions`` are verb phrases in their base form, the others are noun phrases.
    """

    title: str
    framework: Framework
    words: tuple[str, ...]
    actions: tuple[str, ...]
    anchors: tuple[str, ...]
    builds: tuple[str, ...]
    targets: tuple[str, ...]
    steps: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """All of it; ``fallback`` names the theme of goals that nothing else fits."""

    version: int
    openers: Mapping[Framework, tuple[str, ...]]
    themes: Mapping[str, Theme]
    fallback: str


# The consonant is doubled, or nothing is dropped: what spelling alone does not tell.
_IRREGULAR = {
    "begin": "beginning",
    "cut": "cutting",
    "get": "getting",
    "let": "letting",
    "plan": "planning",
    "put": "putting",
    "run": "running",
    "see": "seeing",
    "set": "setting",
    "sit": "sitting",
}


def gerund(action: str) -> str | None:
    """A verb phrase as a noun, or None where more than its first verb would have to change."""
    verb, _, rest = action.partition(" ")
    if " and " in f" {rest} ":
        return None
    stem = verb.removesuffix("e")
    return f"{_IRREGULAR.get(verb, f'{stem}ing')} {rest}".strip()
