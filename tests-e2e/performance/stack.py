"""A stack that belongs to one measurement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ab_local.processes import ProcessRecord
from ab_local.tables import memory_of

SUPERVISOR = (sys.executable, "-m", "ab_local")


def say(text: str) -> None:
    """Progress, beside the figures."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class OwnStack:
    """Starts the local stack in a folder of its own and stops it at the end."""

    def __init__(
        self, state: Path, *, infra_only: bool = False, settings: dict[str, str] | None = None
    ) -> None:
        self._state = state
        self._environment = {**os.environ, **(settings or {})}
        self._what = ("--infra-only",) if infra_only else ()

    @property
    def description(self) -> dict[str, Any]:
        """What the stack file says."""
        described: dict[str, Any] = json.loads((self._state / "stack.json").read_text())
        return described

    def __enter__(self) -> Self:
        say("starting a stack of its own")
        self._run("up", "--fresh", *self._what)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("down")

    def restart(self) -> float:
        """Seconds from ``up`` to everything healthy, with the data of before."""
        say("measuring a warm start")
        self._run("down")
        started = time.perf_counter()
        self._run("up")
        return round(time.perf_counter() - started, 2)

    def idle_pss_mib(self, after_seconds: float) -> int:
        """Proportional set size of all processes of the stack after doing nothing for a while."""
        say(f"waiting {after_seconds:.0f} s to see what the idle stack takes")
        time.sleep(after_seconds)
        status = json.loads((self._state / "status.json").read_text())
        entries = [(status["supervisor"], False)]
        entries += [(child, True) for child in status["children"].values()]
        records = [(ProcessRecord.read(entry), family) for entry, family in entries]
        total = sum(memory_of(record, descendants=family) for record, family in records if record)
        return round(total / 2**20)

    def _run(self, *command: str) -> None:
        subprocess.run(
            [*SUPERVISOR, "--state", str(self._state), *command],
            check=True,
            env=self._environment,
            stdout=subprocess.DEVNULL,
        )
