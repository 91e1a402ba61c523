"""Bringing the services' databases up to date, and seeing quickly that they are."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, STDOUT

from ab_local.child import ChildFailedError
from ab_local.layout import REPOSITORY
from ab_local.parts.part import PartFailedError
from ab_local.parts.postgres import Postgres
from ab_local.services import Service, migration_environment
from ab_local.stack import Stack

MIGRATION_SECONDS = 90.0
VERSION = "SELECT version_num FROM alembic_version;"


class Migrator:
    """Runs `python -m ab_<service> migrate` for every database that isn't at its newest revision.

    Looking costs a hundredth of what the command does, which has to load SQLAlchemy and Alembic.
    """

    def __init__(self, stack: Stack, postgres: Postgres) -> None:
        self._stack = stack
        self._postgres = postgres

    async def run(self, service: Service) -> None:
        """Migrate one service's database as its owner role, unless it is there already.

        Raises:
            ChildFailedError: when the migration failed or took too long.
        """
        if await self._version(service) != newest_revision(service):
            await self._migrate(service)

    async def _version(self, service: Service) -> str:
        try:
            return await self._postgres.query(service.name, VERSION)
        except PartFailedError:
            return ""

    async def _migrate(self, service: Service) -> None:
        name = f"{service.name}-migrate"
        log = self._stack.layout.log(name)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"ab_{service.name}", "migrate"),
                env=migration_environment(self._stack, service),
                stdin=DEVNULL,
                stdout=output,
                stderr=STDOUT,
                start_new_session=True,
            )
        try:
            code = await asyncio.wait_for(process.wait(), MIGRATION_SECONDS)
        except TimeoutError as error:
            raise ChildFailedError(name, "took too long", log) from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if code != 0:
            raise ChildFailedError(name, f"ended with exit code {code}", log)


def newest_revision(service: Service) -> str:
    """Return the time that the newest migration file of a service is named after."""
    versions = REPOSITORY / "services" / service.name / "migrations/versions"
    return max((path.name.partition("_")[0] for path in versions.glob("*.py")), default="none")
