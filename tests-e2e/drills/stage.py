"""The stack that is broken: one of the drill's own, or a local one that runs already."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ab_local.instance import Instance
from ab_local.layout import REPOSITORY, Layout
from failures.private_stack import PrivateStack
from failures.proxy import FaultProxies

STATE = REPOSITORY / ".local/drills"
START_SECONDS = 300.0
# Short enough that a drill of a hanging vendor or of too many webhooks takes minutes.
VENDOR_CALL_SECONDS = 5
WEBHOOKS_A_MINUTE = 240
SETTINGS = {
    "AB_TTS_WORKERS": "1",
    "AB_STITCHING_WORKERS": "1",
    "ACCESS_TOKEN_SECONDS": "7200",
    "TTS_VENDOR_CALL_SECONDS": str(VENDOR_CALL_SECONDS),
    "RATE_LIMIT_WEBHOOKS_PER_MINUTE": str(WEBHOOKS_A_MINUTE),
}


class StageError(RuntimeError):
    """There is no stack that a drill may break."""


@dataclass(frozen=True)
class Stage:
    """A running stack; ``proxies`` where it was started for drills; ``hurry`` divides rules."""

    stack: PrivateStack
    hurry: float
    proxies: FaultProxies | None = None

    @property
    def description(self) -> dict[str, Any]:
        """What the stack file says."""
        return self.stack.description

    @property
    def stack_file(self) -> Path:
        """Where it is said."""
        return self.stack.state / "stack.json"

    def simulator(self, vendor: str) -> str:
        """Where a made-up vendor answers; StageError where it is not played."""
        url = self.description["simulators"].get(vendor)
        if url is None:
            raise StageError(f"{vendor} is not played here: start the stack with --vendors")
        return str(url)


@contextlib.contextmanager
def own(hurry: float, state: Path = STATE) -> Iterator[Stage]:
    """A fresh stack with everything that drills need; nothing of it is left at the end."""
    shutil.rmtree(state, ignore_errors=True)
    state.parent.mkdir(parents=True, exist_ok=True)
    with FaultProxies.of_stack(state, ("postgres",)) as proxies:
        environment = {**os.environ, **SETTINGS, **proxies.environment}
        observed = ("--vendors", "--observe", "--hurry", f"{hurry:g}")
        try:
            _run(state, environment, "up", "--quiet", *observed)
            stack = PrivateStack(state)
            yield Stage(stack, hurry, proxies)
            stack.resume_all()
        finally:
            proxies.heal()
            _run(state, environment, "down")
            shutil.rmtree(state, ignore_errors=True)


@contextlib.contextmanager
def given(stack_file: Path) -> Iterator[Stage]:
    """A local stack that runs already, and goes on running.

    Raises:
        StageError: it is not one of this machine's, or nobody watches it.
    """
    described = told(stack_file)
    stack = PrivateStack(stack_file.resolve().parent)
    hurry = float(described.get("hurry") or 1)
    try:
        yield Stage(stack, hurry)
    finally:
        stack.resume_all()


def told(stack_file: Path) -> dict[str, Any]:
    """What the file of a running local stack says; raises ``StageError`` for anything else."""
    try:
        described: dict[str, Any] = json.loads(stack_file.read_text(encoding="utf-8"))
        name, state = described["name"], Path(described["state"])
        host = urlsplit(described["gateway_url"]).hostname or ""
    except (OSError, ValueError, KeyError, TypeError):
        raise StageError(f"{stack_file} is no stack file") from None
    here = stack_file.resolve().parent == state.resolve()
    if not here or not _is_loopback(host) or not Instance(Layout(state, name)).is_supervised():
        raise StageError(
            f"{stack_file} is no running stack of this machine: nothing else is broken"
        )
    if not described.get("prometheus_url") or not described.get("alertmanager_url"):
        raise StageError("nobody watches this stack: start it with --observe")
    return described


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _run(state: Path, environment: dict[str, str], *command: str) -> None:
    # Standard output is for the figures; a session of its own keeps Ctrl-C from a half-made stack.
    done = subprocess.run(
        [sys.executable, "-m", "ab_local", "--state", str(state), *command],
        env=environment,
        check=False,
        timeout=START_SECONDS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    if done.returncode != 0:
        raise StageError(f"ab_local {command[0]} failed:\n{done.stderr[-2000:]}")
