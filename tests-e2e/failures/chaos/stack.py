"""The stack of a run: fresh, its services behind fault proxies, two speakers and two mixers."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from failures.private_stack import PrivateStack
from failures.proxy import FaultProxies

START_SECONDS = 180.0
SETTINGS = {
    "AB_TTS_WORKERS": "2",
    "AB_STITCHING_WORKERS": "2",
    "ACCESS_TOKEN_SECONDS": "7200",
}


@dataclass(frozen=True, slots=True)
class ChaosStack:
    """A running stack and the proxies before its servers."""

    running: PrivateStack
    proxies: FaultProxies

    @property
    def logs(self) -> Path:
        """The folder of every part's log."""
        return self.running.state / "log"

    def family(self, name: str) -> list[psutil.Process]:
        """A child and all it started, wherever they went: Postgres makes groups of its own."""
        with contextlib.suppress(psutil.Error, ValueError, KeyError):
            leader = psutil.Process(self.running.pid(name))
            return [leader, *leader.children(recursive=True)]
        return []

    def database_url(self, database: str) -> str:
        """A database as the administrator reaches it, past the proxies."""
        admin = str(self.running.description["infrastructure"]["postgres"]["admin_url"])
        return f"{admin.rsplit('/', 1)[0]}/{database}"

    @property
    def databases(self) -> list[str]:
        """The services that have one."""
        return list(self.running.description["infrastructure"]["postgres"]["databases"])

    @property
    def readiness_urls(self) -> list[str]:
        """Where each service process says whether it is ready."""
        services = self.running.description["services"].values()
        return [f"{service['url']}/readyz" for service in services]


@contextlib.contextmanager
def started(state: Path) -> Iterator[ChaosStack]:
    """A fresh stack; stopped at the end, its logs and data stay until the next run."""
    shutil.rmtree(state, ignore_errors=True)
    state.parent.mkdir(parents=True, exist_ok=True)
    with FaultProxies.of_stack(state) as proxies:
        environment = {**os.environ, **SETTINGS, **proxies.environment}
        try:
            _run(state, environment, "up", "--quiet")
            stack = ChaosStack(PrivateStack(state), proxies)
            yield stack
            stack.running.resume_all()
        finally:
            proxies.heal()
            _run(state, environment, "down")


def _run(state: Path, environment: dict[str, str], *command: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "ab_local", "--state", str(state), *command],
        env=environment,
        check=True,
        timeout=START_SECONDS,
        stdout=subprocess.DEVNULL,
    )
