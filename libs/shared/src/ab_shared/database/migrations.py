"""Where a service's migrations are, which is the newest, and whether a database has it.

A migration is a file ``versions/YYYYMMDDHHMM_what_it_does.py`` whose ``revision`` is that time, so
that revisions sort by age. Each must leave the database usable by the release before it.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ab_shared.database.failures import connected
from ab_shared.errors import SchemaOutdated, SettingsInvalid

UNDEFINED_TABLE = "42P01"
VARIABLE = "MIGRATIONS_DIR"
_FILE = re.compile(r"(?P<revision>20\d{10})_[a-z0-9_]+\.py")


@dataclass(frozen=True, slots=True)
class Migrations:
    """A folder with ``env.py`` and ``versions/``."""

    folder: Path

    @classmethod
    def of(cls, service: str) -> Migrations:
        """Those of a service: ``MIGRATIONS_DIR`` if set, else beside the ``src`` it runs from.

        Raises:
            SettingsInvalid: when there are none.
        """
        named = os.environ.get(VARIABLE)
        package = importlib.util.find_spec(f"ab_{service}")
        if named is None and package is not None and package.origin is not None:
            named = str(Path(package.origin).resolve().parents[2] / "migrations")
        found = cls(Path(named or "migrations"))
        if not (found.folder / "env.py").is_file():
            raise SettingsInvalid(f"{VARIABLE} names no folder with the migrations of {service}")
        return found

    @property
    def revisions(self) -> list[str]:
        """All revisions, oldest first; SettingsInvalid for a file that breaks the convention."""
        names = [path.name for path in (self.folder / "versions").glob("*.py")]
        matches = [_FILE.fullmatch(name) for name in names]
        found = sorted(match["revision"] for match in matches if match)
        if len(found) != len(names) or not found or len(set(found)) != len(found):
            raise SettingsInvalid("A migration is named YYYYMMDDHHMM_name.py, each at its own time")
        return found

    @property
    def head(self) -> str:
        """The newest revision."""
        return self.revisions[-1]


async def current_revision(engine: AsyncEngine) -> str | None:
    """The revision a database is at, None before its first migration."""
    async with connected(engine) as connection:
        try:
            result = await connection.execute(text("SELECT version_num FROM alembic_version"))
        except exc.ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) == UNDEFINED_TABLE:
                return None
            raise
        return result.scalar_one_or_none()


async def require_schema(engine: AsyncEngine, migrations: Migrations) -> None:
    """Refuses to work on a database older than this release; a newer one is welcome.

    Raises:
        SchemaOutdated: with both revisions, when ``migrate`` has to run first.
    """
    found = await current_revision(engine)
    # Revisions are times of one length, so that text sorts them.
    if found is None or found < migrations.head:
        raise SchemaOutdated(
            f"The database is at {found or 'nothing'}, this release needs {migrations.head}: "
            "run 'migrate' first",
            details={"found": found, "needed": migrations.head},
        )
