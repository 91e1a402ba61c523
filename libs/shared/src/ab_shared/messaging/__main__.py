"""Prints what follows from the catalogue: definitions, permissions, a table or AsyncAPI."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from ab_shared.contracts.catalogue import ROUTES
from ab_shared.messaging.asyncapi import document
from ab_shared.messaging.definitions import definitions, permissions_by_service


def as_json(value: dict[str, Any]) -> str:
    """Text as it is checked in."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def catalogue() -> str:
    """A table for people: kind, address, who says it, who hears it, what it is for."""
    rows = [
        (
            route.kind.value,
            route.routing_key,
            " ".join(route.senders),
            " ".join(route.hearers),
            (route.message.__doc__ or "").partition("\n")[0],
        )
        for route in ROUTES
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]])
        for row in rows
    ]
    return "\n".join(lines) + "\n"


PRINTS: dict[str, Callable[[], str]] = {
    "definitions": lambda: as_json(definitions()),
    "permissions": lambda: as_json(permissions_by_service()),
    "catalogue": catalogue,
    "asyncapi": lambda: as_json(document()),
}


def main(arguments: list[str]) -> int:
    """Prints one of them; 2 for anything else."""
    if len(arguments) != 1 or arguments[0] not in PRINTS:
        sys.stderr.write(f"usage: python -m ab_shared.messaging {'|'.join(PRINTS)}\n")
        return 2
    sys.stdout.write(PRINTS[arguments[0]]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
