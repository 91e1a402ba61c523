"""Servers that go away, take their time, or do not know us any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ab_local.layout import write_private

from drills.stage import Stage, StageError

BROKER, STORE = "rabbitmq", "s3"
LOOK_SECONDS = 0.5
# Each way: a statement then takes 0.3 s more, a transaction a second.
DELAY_SECONDS = 0.15
REFUSED = ("tts", "stitching")


class BrokerDown:
    """The broker is killed, and killed again whenever the supervisor has started it anew."""

    def __init__(self, stage: Stage) -> None:
        self._stack = stage.stack
        self._killing: asyncio.Task[None] | None = None

    async def break_it(self) -> None:
        """It is gone."""
        self._kill()
        self._killing = asyncio.create_task(self._kill_on())

    async def mend_it(self) -> None:
        """It may live again, and does."""
        if self._killing is None:
            return
        self._killing.cancel()
        await asyncio.gather(self._killing, return_exceptions=True)
        self._killing = None
        await asyncio.to_thread(self._stack.wait_ready, BROKER)

    async def owed(self) -> Mapping[str, int]:
        """Nothing beside the tracks."""
        return {}

    async def _kill_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._kill()

    def _kill(self) -> None:
        with contextlib.suppress(ValueError, KeyError, ProcessLookupError):
            self._stack.kill(BROKER)


class SlowDatabase:
    """Every byte between the services and Postgres is late."""

    def __init__(self, stage: Stage) -> None:
        if stage.proxies is None:
            raise StageError("a slow database needs a stack that the drill starts itself")
        self._proxy = stage.proxies["postgres"]

    async def break_it(self) -> None:
        """From now on."""
        await asyncio.to_thread(self._proxy.delay, DELAY_SECONDS)

    async def mend_it(self) -> None:
        """Bytes pass."""
        await asyncio.to_thread(self._proxy.heal)

    async def owed(self) -> Mapping[str, int]:
        """Nothing beside the tracks."""
        return {}


class StoreForbidden:
    """The object store forgets what tts and stitching may do: their keys are withdrawn."""

    def __init__(self, stage: Stage) -> None:
        self._stack = stage.stack
        self._file = stage.stack.state / "data/s3/s3.json"
        self._before: str | None = None

    async def break_it(self) -> None:
        """403 to both from now on."""
        self._before = self._file.read_text()
        known: dict[str, Any] = json.loads(self._before)
        for identity in known["identities"]:
            if identity["name"] in REFUSED:
                identity["actions"] = []
        await self._tell(json.dumps(known, indent=1))

    async def mend_it(self) -> None:
        """Everybody may do what they might before."""
        if self._before is not None:
            await self._tell(self._before)
            self._before = None

    async def owed(self) -> Mapping[str, int]:
        """Nothing beside the tracks."""
        return {}

    async def _tell(self, identities: str) -> None:
        write_private(Path(self._file), identities)
        # It reads its identities anew, and keeps every connection.
        os.kill(self._stack.pid(STORE), signal.SIGHUP)
