"""Help lines by country, from the file that comes with the service and from its settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from ab_shared.contracts.care import HelpLine

from ab_session.domain.moderation.care import CareBook


def load_care(more: Mapping[str, Sequence[HelpLine]] | None = None) -> CareBook:
    """Reads ``help_lines.toml``; ``more`` replaces and adds countries. ValueError where wrong."""
    read = tomllib.loads(files(__package__).joinpath("help_lines.toml").read_text("utf-8"))
    lines = {
        region: tuple(HelpLine.model_validate(line) for line in given["lines"])
        for region, given in read.items()
    }
    return CareBook(lines).with_lines(more or {})
