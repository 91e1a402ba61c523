"""One process of a service, for tests that end, pause and restart it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from failures.wrapped import FAULT_FILE

READY_SECONDS = 40.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.05
E2E = Path(__file__).parents[1]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Actor:
    """A service's process with its log, its port for health, and its order to die."""

    def __init__(
        self, name: str, service: str, environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.service = service
        self.log = folder / f"{name}.log"
        self._fault = folder / f"{name}.fault"
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def health_url(self) -> str:
        """Where /readyz and /metrics answer."""
        return f"http://127.0.0.1:{self._environment['INTERNAL_HTTP_PORT']}"

    @property
    def public_url(self) -> str:
        """Where a gateway answers listeners."""
        return f"http://127.0.0.1:{self._environment['PORT']}"

    @property
    def pid(self) -> int:
        """The process id of the running process."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self, **more: str) -> None:
        """Starts the process; ``more`` are variables that stay with this actor."""
        self._environment |= more
        environment = {
            **self._environment,
            "PYTHONPATH": os.pathsep.join([str(E2E), os.environ.get("PYTHONPATH", "")]),
            FAULT_FILE: str(self._fault),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "failures.wrapped", self.service],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def forget(self, variable: str) -> None:
        """Takes a variable away before the next start."""
        self._environment.pop(variable, None)

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Waits until /readyz says yes."""
        late = time.monotonic() + seconds
        with httpx.Client(trust_env=False, timeout=2) as client:
            while time.monotonic() < late:
                if not self.running:
                    raise RuntimeError(f"{self.name} has ended:\n{self.tail()}")
                try:
                    if client.get(f"{self.health_url}/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(POLL_SECONDS)
        raise TimeoutError(f"{self.name} is not ready:\n{self.tail()}")

    def readiness(self) -> tuple[int, dict[str, str]]:
        """What /readyz says now."""
        answer = httpx.get(f"{self.health_url}/readyz", trust_env=False, timeout=5)
        return answer.status_code, answer.json()["parts"]

    def die_at(self, point: str, routing_key: str) -> None:
        """Orders the process to end itself; see ``failures.wrapped``."""
        self._fault.write_text(f"{point} {routing_key}")

    def spare(self) -> None:
        """Takes the order back."""
        self._fault.unlink(missing_ok=True)

    async def gone(self) -> int | None:
        """The exit code once it has ended; None while it runs."""
        return None if self._process is None else self._process.poll()

    def wait_ended(self, seconds: float = STOP_SECONDS) -> int:
        """The exit code; negative for a signal."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process.wait(seconds)

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal to the process."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends the process without a word."""
        if self.running:
            self.signal(signal.SIGKILL)
            self.wait_ended()

    def stop(self) -> int:
        """Asks the process to end and waits for it."""
        if self.running:
            self.signal(signal.SIGTERM)
        return self.wait_ended()

    def resident_mib(self) -> float:
        """How much memory the process holds."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0.0

    def metric(self, name: str, without: str = "\n") -> float:
        """The sum of a metric over its labels, those aside in which ``without`` stands."""
        text = httpx.get(f"{self.health_url}/metrics", trust_env=False, timeout=5).text
        rows = (line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} ")))
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows if without not in row)

    def tail(self, lines: int = 15) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
