"""A list of all panels for people: what each is called, its link and its runbook."""

from __future__ import annotations

from collections.abc import Iterable

from .drawing import panel_id
from .model import Board

HEADER = """\
# Panels

Generated (`make generate`). The link of a panel goes behind Grafana's address; alerts use it.

| dashboard | panel | link | runbook |
|---|---|---|---|
"""


def panel_list(boards: Iterable[Board]) -> str:
    """The whole file."""
    return HEADER + "".join(
        f"| {board.title} | {panel.title} | `/d/{board.uid}?viewPanel={panel_id(panel.title)}`"
        f" | [{panel.runbook}](../runbooks/{panel.runbook}.md) |\n"
        for board in boards
        for panel in board.panels
    )
