"""The texts that come with the service, one file a template."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from ab_session.domain.prompts import TEMPLATES


def shipped_prompts() -> Mapping[str, str]:
    """By key; FileNotFoundError for a template without a file."""
    folder = files(__package__).joinpath("prompts")
    return {key: folder.joinpath(f"{key}.md").read_text("utf-8").strip() for key in TEMPLATES}
