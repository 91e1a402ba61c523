"""The load generator: wrk, from the path or fetched as a Debian package into .local/wrk."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ab_local.broker_packages import private_apt
from ab_local.layout import REPOSITORY

from performance.stack import say

HOME = REPOSITORY / ".local/wrk"
SCRIPT = Path(__file__).with_name("gateway_load.lua")
PACKAGES = ("wrk", "libluajit-5.1-2", "libluajit-5.1-common")
CONNECTIONS = 32
PATIENCE_SECONDS = 20


class LoadGeneratorMissingError(RuntimeError):
    """There is no wrk; the message says what brings it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"wrk can't be had: {reason}\n  This brings it: sudo apt-get install wrk")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run found; ``refused`` are answers from 400 on, ``failed`` those that never came.

    The last five are counted only where it was asked for: ``bare`` are refusals without a
    ``Retry-After`` of a second at least.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    failed: int
    ok: int
    limited: int
    busy: int
    bare: int
    odd: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def ensure_wrk() -> tuple[str, dict[str, str]]:
    """The command and the environment it needs."""
    found = shutil.which("wrk")
    if found:
        return found, {}
    if not (HOME / "usr/bin/wrk").exists():
        _fetch()
    libraries = ":".join(sorted({str(path.parent) for path in HOME.glob("usr/lib/**/*.so*")}))
    return str(HOME / "usr/bin/wrk"), {"LD_LIBRARY_PATH": libraries}


def _fetch() -> None:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise LoadGeneratorMissingError(f"{tool} is missing (this is no Debian or Ubuntu)")
    say("wrk: fetching it from Debian ...")
    work = HOME.with_name("wrk.part")
    shutil.rmtree(work, ignore_errors=True)
    (work / "debs").mkdir(parents=True)
    apt = private_apt(work / "apt")
    _run([*apt, "update"], work)
    _run([*apt, "download", *PACKAGES], work / "debs")
    for deb in sorted((work / "debs").glob("*.deb")):
        _run(["dpkg", "-x", str(deb), str(work / "tree")], work)
    shutil.rmtree(HOME, ignore_errors=True)
    (work / "tree").rename(HOME)
    shutil.rmtree(work)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LoadGeneratorMissingError("\n  ".join(done.stderr.splitlines()[-4:]))


class Load:
    """Runs wrk on one thread, in a folder for its lists of requests."""

    def __init__(self, folder: Path) -> None:
        self._command, more = ensure_wrk()
        self._environment = {**os.environ, **more}
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, requests: Iterable[tuple[str, str]]) -> Path:
        """A list of requests: path and token, which may be empty."""
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text("".join(f"{where}\t{token}\n" for where, token in requests))
        return path

    async def run(
        self,
        url: str,
        requests: Path,
        seconds: float,
        *options: str,
        connections: int = CONNECTIONS,
    ) -> Run:
        """One run; options as in ``gateway_load.lua``."""
        process = await asyncio.create_subprocess_exec(
            *(self._command, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"),
            *(f"--timeout={PATIENCE_SECONDS}s", "--latency", f"--script={SCRIPT}"),
            *(url, "--", str(requests), *options),
            stdout=subprocess.PIPE,
            env=self._environment,
        )
        out, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"wrk ended with {process.returncode}")
        return Run(**json.loads(out.decode().splitlines()[-1]))
