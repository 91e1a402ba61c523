"""One instance seen from outside its supervisor: ask it, start it, stop it."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil

from ab_local.layout import REPOSITORY, Layout, read_json
from ab_local.lifecycle import Phase, clean_up, is_locked
from ab_local.processes import ProcessRecord

POLL_SECONDS = 0.1
STOP_SECONDS = 90.0
MAIN_INSTANCE = "dev"


class Instance:
    """One named stack with its folder."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def is_supervised(self) -> bool:
        """Tell whether a supervisor lives."""
        return is_locked(self.layout)

    def status(self) -> dict[str, Any]:
        """Return what the supervisor last wrote down."""
        return read_json(self.layout.status)

    def wipe(self) -> None:
        """Stop what runs and forget everything stored."""
        self.stop()
        shutil.rmtree(self.layout.state, ignore_errors=True)

    def launch(self, *, infra_only: bool, hurry: float | None = None) -> "subprocess.Popen[bytes]":
        """Start a supervisor that outlives this process; with `hurry` it observes, too."""
        self.layout.prepare()
        command = [sys.executable, "-m", "ab_local.supervise", "--state", str(self.layout.state)]
        command += ["--name", self.layout.name, "--began", str(time.time())]
        command += ["--hurry", str(hurry)] if hurry else []
        with self.layout.log("supervisor").open("ab") as log:
            return subprocess.Popen(
                [*command, *(["--infra-only"] if infra_only else [])],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def follow(self, supervisor: "subprocess.Popen[bytes]") -> Iterator[dict[str, Any]]:
        """Yield the status of a start again and again until it is decided."""
        while True:
            over = supervisor.poll() is not None
            status = self.status()
            if (status.get("supervisor") or {}).get("pid") == supervisor.pid:
                yield status
                if over or status["phase"] == Phase.UP:
                    return
            elif over:
                return
            time.sleep(POLL_SECONDS)

    def stop(self) -> bool:
        """Stop the supervisor, or what a killed one left; True when something was running."""
        record = ProcessRecord.read(self.status().get("supervisor"))
        process = record.find() if record else None
        if process is None or not self.is_supervised():
            return clean_up(self.layout) > 0
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
        clean_up(self.layout)
        return True
