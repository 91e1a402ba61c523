"""Prints one dashboard's JSON, or the list of all panels: ``-m deploy.grafana.boards NAME``."""

from __future__ import annotations

import argparse
import sys

from . import business, gateway, overview, queues, renders, vendors
from .panel_list import panel_list
from .rendering import render

BOARDS = {
    board.name: board
    for board in (
        overview.BOARD,
        renders.BOARD,
        queues.BOARD,
        vendors.BOARD,
        gateway.BOARD,
        business.BOARD,
    )
}


def main() -> int:
    """Returns 0; argparse ends the process on an unknown name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=[*BOARDS, "panels"])
    name = parser.parse_args().name
    text = panel_list(BOARDS.values()) if name == "panels" else render(BOARDS[name])
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
