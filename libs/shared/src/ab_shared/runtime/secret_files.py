"""Variables whose values lie in files, as orchestrators hand out secrets."""

from __future__ import annotations

import os
from pathlib import Path

from ab_shared.errors import SettingsInvalid

VARIABLE = "SECRETS_DIRECTORY"


def folder() -> Path | None:
    """The folder that ``SECRETS_DIRECTORY`` names, None where there is none.

    What should have been in one that was not mounted is missing then, and named as such.
    """
    place = Path(os.environ.get(VARIABLE) or os.devnull)
    return place if place.is_dir() else None


def value_of(variable: str) -> str | None:
    """A variable's value: the environment's, else what the file of its name holds.

    Raises:
        SettingsInvalid: the file cannot be read.
    """
    given = os.environ.get(variable)
    place = folder()
    if given or place is None:
        return given
    try:
        return (place / variable.lower()).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsInvalid(f"{variable.lower()} cannot be read in {VARIABLE}") from error
