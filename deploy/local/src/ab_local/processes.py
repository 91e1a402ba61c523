"""Processes known by id and start time, so that a reused id is never mistaken for an old one."""

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

# Every child carries the folder of its instance in this variable, and so do its children.
MARK = "AB_LOCAL_INSTANCE"
# The clock that start times are told by may be corrected by a little while a process lives.
SAME_START_SECONDS = 2.0


@dataclass(frozen=True)
class ProcessRecord:
    """One process of this or of an earlier run."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessRecord":
        """Record a live process; raises psutil.NoSuchProcess when it is gone already."""
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def read(cls, entry: object) -> "ProcessRecord | None":
        """Return the record in a status file's entry, or None where there is none."""
        if isinstance(entry, dict) and entry.get("pid") and entry.get("started"):
            return cls(int(entry["pid"]), float(entry["started"]))
        return None

    def find(self) -> psutil.Process | None:
        """Return the process while it lives; None for a dead one and for a stranger's."""
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < SAME_START_SECONDS
            if same and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None


def marked(instance: str) -> list[psutil.Process]:
    """Return every live process that a child of this instance started."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == instance and process.pid != os.getpid():
                found.append(process)
    return found


def kill_group(leader: int) -> None:
    """Kill whatever is left of the process group that a child led."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_leftovers(records: Iterable[ProcessRecord], instance: str, patience: float) -> int:
    """End what an earlier run left behind: TERM, wait, KILL; returns how many there were."""
    recorded = [process for record in records if (process := record.find())]
    left = {process.pid: process for process in (*recorded, *marked(instance))}
    for process in left.values():
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(list(left.values()), timeout=patience)
    for process in (*stubborn, *marked(instance)):
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience)
    return len(left)
