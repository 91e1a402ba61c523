"""The runbooks as the tests read them: their sections, their commands, their questions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from observability.alert_rules import RUNBOOKS

HEADINGS = (
    "What it means",
    "Who notices",
    "How to look",
    "How to mend",
    "How it can come again",
)
FENCE = re.compile(r"^```([a-z]+)( production)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUESTION = re.compile(r"""ab operator ask '([^']+)'""")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


@dataclass(frozen=True, slots=True)
class Page:
    """One runbook."""

    path: Path

    @property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @property
    def headings(self) -> tuple[str, ...]:
        """Its sections, in order."""
        return tuple(re.findall(r"^## (.+)$", self.text, re.MULTILINE))

    @property
    def alerts(self) -> set[str]:
        """The alerts that it says it is for."""
        found = re.search(r"^Alerts: (.*)$", self.text, re.MULTILINE)
        return set(re.findall(r"`(\w+)`", found[1])) if found else set()

    @property
    def commands(self) -> list[str]:
        """What works on the local stack as it stands, line by line."""
        return [line for block in self._blocks(production=False) for line in block.splitlines()]

    @property
    def production_commands(self) -> list[str]:
        """What needs more than a laptop has."""
        return [line for block in self._blocks(production=True) for line in block.splitlines()]

    @property
    def questions(self) -> list[str]:
        """The PromQL that it has asked."""
        return QUESTION.findall(self.text)

    @property
    def links(self) -> list[Path]:
        """The files it leads to."""
        return [(self.path.parent / link).resolve() for link in LINK.findall(self.text)]

    def __str__(self) -> str:
        return self.path.stem

    def _blocks(self, *, production: bool) -> list[str]:
        return [
            body
            for language, marked, body in FENCE.findall(self.text)
            if language == "sh" and bool(marked) == production
        ]


def pages() -> list[Page]:
    """Every runbook but the index."""
    return [Page(path) for path in sorted(RUNBOOKS.glob("*.md")) if path.name != "README.md"]


def index() -> Page:
    """The page that leads to all others."""
    return Page(RUNBOOKS / "README.md")
