"""A Docker Engine of the trial's own: its data, socket and rules go when the trial ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

READY_SECONDS = 60
STOP_SECONDS = 60
COMMAND_SECONDS = 120
# A table that was empty is in no dump, and would keep what Docker put there.
NO_RULES = """*filter
:INPUT ACCEPT
:FORWARD ACCEPT
:OUTPUT ACCEPT
COMMIT
*nat
:PREROUTING ACCEPT
:INPUT ACCEPT
:OUTPUT ACCEPT
:POSTROUTING ACCEPT
COMMIT
"""
TOOLS = {
    "dockerd": "apt-get install docker.io",
    "docker": "apt-get install docker.io",
    "docker-compose": "apt-get install docker-compose",
    "debootstrap": "apt-get install debootstrap",
    "iptables-save": "apt-get install iptables",
}


class TrialFailedError(RuntimeError):
    """Something the trial needs went wrong; the message says what to do."""


def run(*command: str | Path, seconds: float = COMMAND_SECONDS, given: str | None = None) -> str:
    """Run a program to its end and return what it printed.

    Raises:
        TrialFailedError: with the end of what it said, when it failed or took too long.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=seconds, input=given, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TrialFailedError(f"{' '.join(words[:6])} took longer than {seconds:.0f} s") from error
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise TrialFailedError(f"{' '.join(words[:8])} failed ({done.returncode}):\n{said}")
    return done.stdout


def check_tools() -> None:
    """Say at once everything this machine lacks.

    Raises:
        TrialFailedError: naming the commands that bring it.
    """
    lacking = [f"{tool}: {bring}" for tool, bring in TOOLS.items() if shutil.which(tool) is None]
    if os.geteuid() != 0:
        lacking.append("root: a Docker Engine and debootstrap need it (sudo)")
    if lacking:
        raise TrialFailedError("The trial needs\n  " + "\n  ".join(lacking))


@contextlib.contextmanager
def engine(home: Path) -> Iterator[None]:
    """Start dockerd below `home`, point DOCKER_HOST at it, and leave nothing of it behind."""
    home.mkdir(parents=True, exist_ok=True)
    rules, bridges = run("iptables-save"), _bridges()
    log = home / "dockerd.log"
    socket = f"unix://{home}/docker.sock"
    with log.open("w") as out:
        daemon = subprocess.Popen(
            [
                "dockerd",
                *("--data-root", home / "data", "--exec-root", home / "exec"),
                *("-H", socket, "-p", home / "pid"),
            ],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    os.environ["DOCKER_HOST"] = socket
    try:
        _await_engine(daemon, log)
        yield
    finally:
        _stop(daemon)
        # Docker leaves its chains, bridge and mounts to the next start; there will be none.
        for table in (NO_RULES, rules):
            run("iptables-restore", given=table)
        for namespace in (home / "exec/netns").glob("*"):
            subprocess.run(["umount", namespace], check=False, capture_output=True)
        for bridge in _bridges() - bridges:
            subprocess.run(["ip", "link", "delete", bridge], check=False, capture_output=True)
        shutil.rmtree(home, ignore_errors=True)


def _bridges() -> set[str]:
    names = {path.name for path in Path("/sys/class/net").iterdir()}
    return {name for name in names if name == "docker0" or name.startswith("br-")}


def _await_engine(daemon: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while daemon.poll() is None and time.monotonic() < end:
        try:
            run("docker", "info", seconds=10)
        except TrialFailedError:
            time.sleep(0.5)
        else:
            return
    last = "\n".join(log.read_text().splitlines()[-10:])
    raise TrialFailedError(f"dockerd does not start; is another one running?\n{last}")


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()
