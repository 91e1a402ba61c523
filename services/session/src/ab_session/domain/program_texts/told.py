"""How a day or a chapter is written down."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """``plays`` is the title of a session of the catalogue."""

    title: str
    text: str
    plays: str
    action: str
    lines: tuple[str, ...]
