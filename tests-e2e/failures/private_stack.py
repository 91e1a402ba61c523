"""A whole stack that a test may break: started from this code, in a folder of its own.

``private_stack`` (a session-wide fixture in ``conftest.py``) is one of these::

    stack.description                what the stack file says: URLs, users, passwords
    stack.gateway_url                the public API
    stack.pid(name)                  of a child: rabbitmq postgres valkey s3, tts, stitching-2 ...
    stack.kill(name)                 SIGKILL to the child and all it started; it is restarted
    stack.stop(name)                 SIGTERM to the child; it is restarted
    stack.pause(name), resume(name)  SIGSTOP and SIGCONT; everything is resumed at the end
    stack.wait_ready(name, within)   seconds until the child of *now* (after a kill: the next one)
                                     is ready; everything when no name is given
    stack.empty(queue)               what waits in a queue is dropped
    stack.forget_stems()             the catalogue's stems are not made: they take two CPU minutes

Kill, then ``wait_ready``: it never mistakes the process that was killed for the one that follows.
The supervisor starts what died again after 0.2 s, later each time within half a minute (at most
10 s). Leave everything ready and resumed for the next test.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from ab_local.layout import read_json
from ab_local.processes import ProcessRecord

STEM_QUEUE = "stitching.publish_stem"
START_SECONDS, READY_SECONDS, HTTP_SECONDS = 110.0, 60.0, 10.0
LOOK_SECONDS = 0.05


class PrivateStack:
    """One running instance; all calls block."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._gone: dict[str, int] = {}

    @property
    def description(self) -> dict[str, Any]:
        """What the stack file says."""
        return read_json(self.state / "stack.json")

    @property
    def gateway_url(self) -> str:
        """Where the public API answers."""
        return str(self.description["gateway_url"])

    @property
    def children(self) -> dict[str, Any]:
        """What the supervisor last wrote of each child: state, pid, restarts."""
        found: dict[str, Any] = read_json(self.state / "status.json")["children"]
        return found

    def pid(self, name: str) -> int:
        """The process that a child is now; KeyError or ValueError when there is none."""
        record = ProcessRecord.read(self.children[name])
        if record is None or record.find() is None:
            raise ValueError(f"{name} is not running")
        return record.pid

    def kill(self, name: str) -> None:
        """Ends a child and all it started, at once."""
        self._signal(name, signal.SIGKILL, gone=True)

    def stop(self, name: str) -> None:
        """Asks a child to end gracefully."""
        pid = self.pid(name)
        self._gone[name] = pid
        os.kill(pid, signal.SIGTERM)

    def pause(self, name: str) -> None:
        """Stops a child and all it started where they are; its connections stay open."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Lets a paused child go on."""
        self._signal(name, signal.SIGCONT)

    def wait_ready(self, name: str | None = None, within: float = READY_SECONDS) -> float:
        """Seconds until a child, or every child, is ready; TimeoutError after ``within``."""
        began = time.monotonic()
        while not all(map(self._is_ready, [name] if name else self.children)):
            if time.monotonic() - began > within:
                raise TimeoutError(f"{name or 'the stack'} is not ready: {self.children}")
            time.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    def is_up(self, name: str) -> bool:
        """Whether a child's process of now exists, ready or not."""
        with contextlib.suppress(ValueError, KeyError):
            return self.pid(name) != self._gone.get(name)
        return False

    def forget_stems(self) -> None:
        """Drops what is asked of stitching for the catalogue, which would keep both cores busy."""
        self.empty(STEM_QUEUE)

    def empty(self, queue: str) -> None:
        """Drops what waits in a queue of the broker."""
        broker = self.description["infrastructure"]["rabbitmq"]
        path = f"/api/queues/{broker['vhost']}/{queue}/contents"
        url, login = broker["management_url"], (broker["user"], broker["password"])
        httpx.delete(url + path, auth=login, timeout=HTTP_SECONDS).raise_for_status()

    def resume_all(self) -> None:
        """Resumes whatever a failed test has left paused."""
        for name in self.children:
            with contextlib.suppress(ValueError, ProcessLookupError):
                self.resume(name)

    def _is_ready(self, name: str) -> bool:
        return self.children[name]["state"] == "ready" and self.is_up(name)

    def _signal(self, name: str, number: signal.Signals, *, gone: bool = False) -> None:
        pid = self.pid(name)
        if gone:
            self._gone[name] = pid
        # Each child leads a group of its own, and all it started are in it.
        os.killpg(pid, number)


def _run(state: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ab_local", "--state", str(state), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )


@contextlib.contextmanager
def running() -> Iterator[PrivateStack]:
    """A fresh stack; stopped and forgotten at the end, also when its start has failed."""
    # Not under pytest's own folder: the database's user has to pass through.
    folder = Path(tempfile.mkdtemp(prefix="ab-failures-"))
    folder.chmod(0o711)
    state = folder / "stack"
    try:
        started = _run(state, "up", "--quiet")
        if started.returncode != 0:
            raise RuntimeError(f"the private stack did not start:\n{started.stderr}")
        stack = PrivateStack(state)
        yield stack
        stack.resume_all()
    finally:
        _run(state, "down")
        shutil.rmtree(folder, ignore_errors=True)
