"""What a person does with an instance: up, down, status, logs."""

import os
import time
from collections import deque
from pathlib import Path
from typing import Any

from rich.console import Console

from ab_local import backup, tables
from ab_local.backup import BackupError
from ab_local.instance import MAIN_INSTANCE, POLL_SECONDS, Instance
from ab_local.layout import read_json
from ab_local.lifecycle import Phase

TAIL_LINES = 25
NOT_RUNNING = 3

console = Console()
progress = Console(stderr=True, highlight=False)


def up(instance: Instance, *, infra_only: bool, quiet: bool, hurry: float | None = None) -> int:
    """Start the instance and wait until everything is healthy; 1 when it didn't start.

    `hurry` starts observers, too, and divides the durations of their rules.
    """
    if instance.is_supervised():
        console.print(f"The stack '{instance.layout.name}' is running already.")
        return 0
    began = time.monotonic()
    status: dict[str, Any] = {}
    reported: dict[str, str] = {}
    for status in instance.follow(instance.launch(infra_only=infra_only, hurry=hurry)):
        for name, child in status["children"].items():
            if child["state"] != reported.get(name) and child["state"] != "waiting":
                reported[name] = child["state"]
                progress.print(f"{time.monotonic() - began:5.1f} s  {name} {child['state']}")
    if status.get("phase") != Phase.UP:
        _explain(instance, status)
        return 1
    if instance.layout.name == MAIN_INSTANCE:
        _link_for_programs(instance.layout.stack)
    progress.print(f"{time.monotonic() - began:5.1f} s  everything is up")
    if not quiet:
        show_addresses(instance)
    return 0


def show_addresses(instance: Instance) -> None:
    """Print where everything is; wide enough that nothing is cut off."""
    wide = Console(width=None if console.is_terminal else 200)
    wide.print(tables.addresses(read_json(instance.layout.stack)))


def down(instance: Instance) -> int:
    """Stop the instance and leave no process behind."""
    progress.print(f"stopping the stack '{instance.layout.name}' ...")
    was_running = instance.stop()
    link = instance.layout.state.with_name("stack.json")
    if link.is_symlink() and not link.exists():
        link.unlink()
    said = "stopped; its data stays" if was_running else "wasn't running"
    console.print(f"The stack '{instance.layout.name}' {said}.")
    return 0


def status(instance: Instance) -> int:
    """Print the health of every process; 0 when all are ready, 3 when nothing runs."""
    if not instance.is_supervised():
        console.print(f"The stack '{instance.layout.name}' isn't running. Start it: make up")
        return NOT_RUNNING
    known = instance.status()
    console.print(tables.processes(known))
    if instance.layout.stack.exists():
        show_addresses(instance)
    healthy = all(child["state"] == "ready" for child in known["children"].values())
    return 0 if healthy and known["phase"] == Phase.UP else 1


def logs(instance: Instance, child: str | None, *, follow: bool) -> int:
    """Print the end of one child's log or of all, and go on printing when asked to."""
    folder = instance.layout.log("any").parent
    files = [instance.layout.log(child)] if child else sorted(folder.glob("*.log"))
    if not files or not all(file.exists() for file in files):
        known = ", ".join(sorted(file.stem for file in folder.glob("*.log"))) or "none yet"
        console.print(f"No log of '{child}'. There are: {known}")
        return 1
    for file in files:
        _print_lines(file, tail(file), named=child is None)
    while follow:
        offsets = {file: file.stat().st_size for file in files}
        time.sleep(POLL_SECONDS * 3)
        for file in files:
            with file.open(errors="replace") as text:
                text.seek(min(offsets[file], file.stat().st_size))
                _print_lines(file, text.read().splitlines(), named=child is None)
    return 0


def back_up(instance: Instance, to: Path, *, with_objects: bool) -> int:
    """Take a backup of the running instance."""
    try:
        manifest = backup.back_up(instance, to, with_objects=with_objects, say=progress.print)
    except BackupError as error:
        progress.out(str(error))
        return 1
    what = "and all of them" if with_objects else "but not the objects themselves"
    console.print(
        f"{to}: {len(manifest['databases'])} databases, the index of"
        f" {manifest['objects']} objects {what}."
    )
    return 0


def restore(instance: Instance, source: Path) -> int:
    """Make an empty instance of a backup."""
    try:
        found = backup.restore(instance, source, say=progress.print)
    except BackupError as error:
        progress.out(str(error))
        return 1
    console.print(f"Restored; {found['stored']} of {found['objects']} objects are in the store.")
    console.print("Start it: make up. Then let rows and objects agree: ab operator reconcile")
    return 0


def tail(file: Path, lines: int = TAIL_LINES) -> list[str]:
    """Return the last lines of a log."""
    if not file.is_file():
        return []
    with file.open(errors="replace") as text:
        return [line.rstrip("\n") for line in deque(text, maxlen=lines)]


def _print_lines(file: Path, lines: list[str], *, named: bool) -> None:
    for line in lines:
        prefix = f"{file.stem:<12} | " if named else ""
        console.out(f"{prefix}{line}", highlight=False)


def _explain(instance: Instance, known: dict[str, Any]) -> None:
    failure = known.get("failure") or {}
    reason = failure.get("reason") or "Its supervisor ended early."
    progress.out(f"The stack '{instance.layout.name}' didn't start. {reason}")
    log = Path(failure.get("log") or instance.layout.log("supervisor"))
    if lines := tail(log):
        progress.out("\n  ".join([f"The end of {os.path.relpath(log)}:", *lines]))


def _link_for_programs(stack_file: Path) -> None:
    link = stack_file.parents[1] / "stack.json"
    if link.is_symlink() or not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(Path(stack_file.parent.name) / stack_file.name)
