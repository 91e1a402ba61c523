"""Prometheus, promtool and Alertmanager: the system's, else Debian packages unpacked into a folder.

Nothing but tests and `up --observe` needs them, so they are fetched when first asked for.
"""

import fcntl
import shutil
import sys
from pathlib import Path

from ab_local.broker_packages import AptError, PackagesUnavailableError, Say, fetch
from ab_local.layout import OBSERVERS

PACKAGES = ("prometheus", "prometheus-alertmanager")
BRING_IT = (
    "sudo apt-get install prometheus prometheus-alertmanager"
    " && sudo systemctl disable --now prometheus prometheus-alertmanager"
)
# Debian's name first; others install Alertmanager under its own.
ALERTMANAGERS = ("prometheus-alertmanager", "alertmanager")


def prometheus() -> Path:
    """Return the server.

    Raises:
        PackagesUnavailableError: it isn't installed and can't be fetched.
    """
    return _program("prometheus")


def promtool() -> Path:
    """Return the program that checks rules and runs their tests; raises as `prometheus`."""
    return _program("promtool")


def alertmanager() -> Path:
    """Return the server that alerts are sent to; raises as `prometheus`."""
    return _program(*ALERTMANAGERS)


def ensure(folder: Path = OBSERVERS, say: Say | None = None) -> None:
    """Fetch the packages unless they are in the folder already; one process at a time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "packages.json").exists():
            try:
                fetch(folder, PACKAGES, "observers", say or _say, lambda _: None)
            except AptError as error:
                raise PackagesUnavailableError("Prometheus", str(error), BRING_IT) from None


def _program(*names: str, folder: Path = OBSERVERS) -> Path:
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    ensure(folder)
    return next(path for name in names if (path := folder / "usr/bin" / name).exists())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
