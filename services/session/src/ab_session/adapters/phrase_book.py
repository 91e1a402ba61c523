"""The words of the built-in writer, from the file that comes with the service."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from ab_session.domain.writer.phrases import Framework, PhraseBook, Theme

FALLBACK = "steady"


def load_phrases() -> PhraseBook:
    """Reads ``phrases.toml``; KeyError or ValueError names what is missing in it."""
    read = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    openers = {Framework(name): tuple(lines) for name, lines in read["openers"].items()}
    themes = {name: _theme(given) for name, given in read["themes"].items()}
    return PhraseBook(read["version"], openers, themes, FALLBACK)


def _theme(given: dict[str, Any]) -> Theme:
    lists = ("words", "actions", "anchors", "builds", "targets", "steps", "titles")
    return Theme(
        given["title"],
        Framework(given["framework"]),
        *(tuple(given[name]) for name in lists),
    )
