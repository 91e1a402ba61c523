"""Fresh Postgres databases for tests, with the owner role and the service role of production."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, MetaData, NullPool, TextClause, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ab_shared.database.engine import driver_url, engine_for
from ab_shared.database.migrate import upgrade
from ab_shared.database.migrations import Migrations


@dataclass(frozen=True, slots=True)
class ServiceDatabase:
    """A database of one test. ``url`` has the rights of the service, ``owner_url`` those of DDL."""

    url: str
    owner_url: str
    engine: AsyncEngine


async def drift(database: ServiceDatabase, metadata: MetaData) -> list[Any]:
    """What migrations have made otherwise than a service's tables say; empty when they agree."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        return list(compare_metadata(context, metadata))

    async with database.engine.connect() as connection:
        return await connection.run_sync(compare)


@dataclass(slots=True)
class DatabaseServer:
    """Makes databases and drops them; migrations run once a service, into a template."""

    admin_url: str
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    templates: dict[Migrations | None, str] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    password: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def owner(self) -> str:
        """The role that owns what migrations make."""
        return f"test_{self.run}_owner"

    @property
    def service(self) -> str:
        """The role of the running service: rows, no DDL."""
        return f"test_{self.run}_service"

    async def create(self, migrations: Migrations | None) -> ServiceDatabase:
        """A new database at the newest revision; an empty one for None."""
        template = await self._template(migrations)
        name = await self._database(f"TEMPLATE {template}")
        url = self._url(name, self.service)
        return ServiceDatabase(url, self._url(name, self.owner), engine_for(url, pool_size=4))

    async def drop(self, database: ServiceDatabase) -> None:
        """Ends its sessions and removes it."""
        await database.engine.dispose()
        name = make_url(database.url).database or ""
        await self.execute([f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"])
        self.made.remove(name)

    async def end_sessions(self, database: ServiceDatabase) -> None:
        """Ends every session in a database, as a restart of the server does."""
        name = make_url(database.url).database
        every = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name"
        await self.execute([text(every).bindparams(name=name)])

    async def close(self) -> None:
        """Removes everything this run made."""
        names = [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self.made]
        roles = [f"DROP ROLE IF EXISTS {role}" for role in (self.service, self.owner)]
        await self.execute(names + roles)

    async def _template(self, migrations: Migrations | None) -> str:
        if not self.templates:
            for role in (self.service, self.owner):
                await self.execute([f"CREATE ROLE {role} LOGIN PASSWORD '{self.password}'"])
        if migrations not in self.templates:
            name = await self._database("")
            rights = f"ALTER DEFAULT PRIVILEGES FOR ROLE {self.owner} IN SCHEMA public GRANT"
            await self.execute(
                [
                    f"{rights} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {self.service}",
                    f"{rights} USAGE, SELECT ON SEQUENCES TO {self.service}",
                ],
                database=name,
            )
            if migrations is not None:
                await upgrade(migrations, self._url(name, self.owner))
            self.templates[migrations] = name
        return self.templates[migrations]

    async def _database(self, template: str) -> str:
        name = f"test_{self.run}_{secrets.token_hex(4)}"
        self.made.append(name)
        await self.execute(
            [
                f"CREATE DATABASE {name} OWNER {self.owner} {template}",
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                f"GRANT CONNECT ON DATABASE {name} TO {self.service}",
            ]
        )
        return name

    async def execute(
        self, statements: Sequence[str | TextClause], *, database: str | None = None
    ) -> None:
        """Runs statements as the administrator, each in a transaction of its own."""
        url = driver_url(self.admin_url)
        engine = create_async_engine(
            url.set(database=database) if database else url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(
                    text(statement) if isinstance(statement, str) else statement
                )
        await engine.dispose()

    def _url(self, database: str, role: str) -> str:
        url: URL = make_url(self.admin_url).set(
            drivername="postgresql", username=role, password=self.password, database=database
        )
        return url.render_as_string(hide_password=False)
