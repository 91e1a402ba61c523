"""What a supervisor and those who look at it from outside have to agree on."""

import fcntl
from enum import StrEnum
from typing import TextIO

from ab_local.layout import Layout, read_json
from ab_local.processes import ProcessRecord, end_leftovers

PATIENCE_SECONDS = 5.0


class Phase(StrEnum):
    """Where the stack as a whole is."""

    STARTING = "starting"
    UP = "up"
    FAILED = "failed"
    STOPPING = "stopping"
    DOWN = "down"


def hold_lock(layout: Layout) -> TextIO | None:
    """Take the lock that only one living supervisor can hold; None when it is taken."""
    lock = layout.lock.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_locked(layout: Layout) -> bool:
    """Tell whether a supervisor lives; a killed one holds nothing."""
    if not layout.lock.exists():
        return False
    with layout.lock.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def clean_up(layout: Layout) -> int:
    """End the children of a supervisor that was killed; returns how many there were."""
    entries = read_json(layout.status).get("children", {})
    records = [record for entry in entries.values() if (record := ProcessRecord.read(entry))]
    return end_leftovers(records, str(layout.state), PATIENCE_SECONDS)
