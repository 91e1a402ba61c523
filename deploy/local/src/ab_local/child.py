"""One child process: started, probed until ready, restarted when it dies, stopped for good."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import psutil

from ab_local.processes import ProcessRecord, kill_group

# Probes of a dozen processes compete with these very processes for two cores.
SHORTEST_PROBE_SECONDS, PROBE_GROWTH, LONGEST_PROBE_SECONDS = 0.1, 1.2, 0.5
FIRST_DELAY, LONGEST_DELAY = 0.2, 10.0
STEADY_SECONDS = 30.0
FIRST_START_ATTEMPTS = 3

Probe = Callable[[], Awaitable[bool]]


class ChildState(StrEnum):
    """Where a child is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class ChildSpec:
    """How to start, probe and stop one process."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready: Probe
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    start_seconds: float = 60.0


class ChildFailedError(RuntimeError):
    """A child didn't become ready at the first start."""

    def __init__(self, child: str, reason: str, log: Path) -> None:
        super().__init__(f"{child} {reason}")
        self.child = child
        self.log = log


class Child:
    """Keeps one process alive and tells each change of its state."""

    def __init__(self, spec: ChildSpec, on_change: Callable[[], None]) -> None:
        self.spec = spec
        self.state = ChildState.WAITING
        self.restarts = 0
        self.record: ProcessRecord | None = None
        self._on_change = on_change
        self._stopping = asyncio.Event()
        self._first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and wait until it is ready; from then on it is kept alive.

        Raises:
            ChildFailedError: when it isn't ready in time, or died in each of three attempts.
        """
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")
        try:
            await asyncio.wait_for(asyncio.shield(self._first_ready), self.spec.start_seconds)
        except TimeoutError as error:
            self._become(ChildState.FAILED)
            reason = f"wasn't ready after {self.spec.start_seconds:.0f} s"
            raise ChildFailedError(self.spec.name, reason, self.spec.log) from error

    async def stop(self) -> None:
        """End the process: its stop signal, some patience, then KILL for its whole group."""
        self._stopping.set()
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(self.spec.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.spec.stop_seconds)
            except TimeoutError:
                kill_group(process.pid)
        if self._keeper is not None:
            await asyncio.wait([self._keeper])
        if self.state is not ChildState.FAILED:
            self._become(ChildState.STOPPED)

    async def _keep(self) -> None:
        delay = FIRST_DELAY
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._live_once()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY
            self.restarts += 1
            if not self._first_ready.done() and self.restarts >= FIRST_START_ATTEMPTS:
                self._become(ChildState.FAILED)
                reason = f"ended with exit code {code} before it was ready"
                failure = ChildFailedError(self.spec.name, reason, self.spec.log)
                self._first_ready.set_exception(failure)
                return
            self._become(ChildState.RESTARTING)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            delay = min(delay * 2, LONGEST_DELAY)

    async def _live_once(self) -> int:
        self._process = process = await self._spawn()
        with contextlib.suppress(psutil.NoSuchProcess):
            self.record = ProcessRecord.of(process.pid)
        self._become(ChildState.STARTING)
        waiting = asyncio.create_task(self._await_ready(process))
        code = await process.wait()
        waiting.cancel()
        await asyncio.wait([waiting])
        kill_group(process.pid)
        self.record = None
        return code

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self.spec.log.open("ab") as log:
            log.write(f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} start\n".encode())
            log.flush()
            return await asyncio.create_subprocess_exec(
                *self.spec.command,
                env=self.spec.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )

    async def _await_ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + self.spec.start_seconds
        pause = SHORTEST_PROBE_SECONDS
        while not await self.spec.ready():
            if time.monotonic() > deadline and self._first_ready.done():
                kill_group(process.pid)
                return
            await asyncio.sleep(pause)
            pause = min(pause * PROBE_GROWTH, LONGEST_PROBE_SECONDS)
        self._become(ChildState.READY)
        if not self._first_ready.done():
            self._first_ready.set_result(None)

    def _become(self, state: ChildState) -> None:
        self.state = state
        self._on_change()
