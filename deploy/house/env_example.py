"""Writes ``.env.example`` from the settings classes: every variable of every service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import cast

from ab_shared.contracts.catalogue import PARTICIPANTS
from pydantic_settings import BaseSettings

HEADER = """\
# Every variable of every service. Each process gets only its own block (compose and the local stack
# see to that); copy a block, fill it in, and keep it out of version control. A service refuses to
# boot on a missing variable or a placeholder, and names all of them at once.
# [required | optional; everywhere | production | local]
#
# Behind a transaction pooler (PgBouncer and the like) set DATABASE_POOL_MODE=transaction and keep
# DATABASE_POOL_SIZE x processes below the pooler's client limit; migrations need a direct URL.
"""


def settings_of(service: str) -> type[BaseSettings]:
    """The settings class of a service: ``TtsSettings`` in ``ab_tts.settings``."""
    module = import_module(f"ab_{service}.settings")
    found: type[BaseSettings] = getattr(module, f"{service.capitalize()}Settings")
    return found


def _block(service: str) -> Iterator[str]:
    yield f"# ---- {service} {'-' * (92 - len(service))}"
    for name, field in settings_of(service).model_fields.items():
        extra = cast("dict[str, str]", field.json_schema_extra)
        needed = "required" if field.is_required() else "optional"
        example = extra["example"].replace("SERVICE", service)
        mark = "" if field.is_required() else "# "
        yield f"# {field.description} [{needed}; {extra['where']}]"
        yield f"{mark}{name.upper()}={example}"
    yield ""


def render() -> str:
    """The whole file."""
    return "\n".join([HEADER, *(line for service in PARTICIPANTS for line in _block(service))])


if __name__ == "__main__":
    sys.stdout.write(render())
