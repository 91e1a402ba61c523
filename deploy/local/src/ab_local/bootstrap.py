"""Bring a bare machine to where the stack can start: uv, the locked packages, the broker.

Runs as `python3 -m ab_local.bootstrap` under the system's Python and so imports nothing but the
standard library. Doing it again costs a few milliseconds and no network.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ab_local.broker_packages import BrokerUnavailableError, ensure_broker

UV = "0.13.9"
OLDEST_PYTHON = (3, 11)


class SetupError(RuntimeError):
    """A part of the set-up failed; the message names the command that would bring it."""


def say(line: str) -> None:
    """Tell the progress on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> int:
    """Set up the repository in the working directory; 1 when something can't be had."""
    root = Path.cwd()
    local = root / ".local"
    local.mkdir(exist_ok=True)
    with (local / "setup.lock").open("w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = pool.submit(ensure_packages, root, local)
        broker = pool.submit(ensure_broker, local / "broker", say)
    failures = [packages.exception(), broker.exception()]
    for failure in filter(None, failures):
        if not isinstance(failure, SetupError | BrokerUnavailableError):
            raise failure
        say(f"setup: {failure}")
    return 1 if any(failures) else 0


def ensure_packages(root: Path, local: Path) -> None:
    """Install the locked packages into `.venv` unless they are the ones installed last."""
    stamp = local / "packages.sha256"
    wanted = locked_state(root)
    installed = root.joinpath(".venv/bin/python").exists() and stamp.exists()
    if installed and stamp.read_text() == wanted:
        return
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is"
            f" {sys.version.split()[0]}. On Debian 12: sudo apt-get install python3"
        )
    uv = ensure_uv(local / "tools")
    say("packages: uv sync --locked (about 700 MB unpacked the first time) ...")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    environment.pop("VIRTUAL_ENV", None)
    command = [str(uv), "sync", "--locked", "--system-certs", "--no-progress", "--quiet"]
    done = subprocess.run(command, cwd=root, env=environment, check=False)
    if done.returncode != 0:
        raise SetupError(f"`{' '.join(command)}` failed with exit code {done.returncode}.")
    stamp.write_text(wanted)


def locked_state(root: Path) -> str:
    """Return a digest of everything that decides which packages belong into `.venv`."""
    digest = hashlib.sha256(f"{root} {sys.version_info[:2]}".encode())
    projects = sorted(
        path
        for pattern in ("pyproject.toml", "libs/*/pyproject.toml", "services/*/pyproject.toml")
        for path in root.glob(pattern)
    )
    for path in [root / "uv.lock", *projects, root / "deploy/local/pyproject.toml"]:
        digest.update(path.read_bytes() if path.exists() else b"-")
    return digest.hexdigest()


def ensure_uv(tools: Path) -> Path:
    """Return the pinned uv, fetched by the system's pip into a folder of the repository."""
    uv = tools / "bin/uv"
    if uv.exists() and _output([str(uv), "--version"]).startswith(f"uv {UV}"):
        return uv
    if not _output([sys.executable, "-m", "pip", "--version"]):
        raise SetupError("pip is missing. This brings it: sudo apt-get install python3-pip")
    say(f"packages: fetching uv {UV} ...")
    shutil.rmtree(tools, ignore_errors=True)
    options = "--quiet --disable-pip-version-check --no-input --root-user-action=ignore"
    command = [sys.executable, "-m", "pip", "install", *options.split()]
    done = subprocess.run([*command, "--target", str(tools), f"uv=={UV}"], check=False)
    if done.returncode != 0 or not uv.exists():
        raise SetupError(f"uv {UV} can't be had: is the package index reachable?")
    return uv


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main())
