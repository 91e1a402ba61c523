"""Try docker-compose.yml for real where no image can be pulled; one JSON object comes last.

Starts a Docker Engine of its own, builds stand-ins for the public images and the product's own,
starts the stack, runs the journeys of tests-e2e and a test module on containers, looks at it from
outside, kills parts of it, and takes everything down again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import checks
from engine import TrialFailedError, check_tools, engine, run
from images import ROOT, build_all, built, tag
from stack import Stack, left_out

# What every service stands on, and the store: all four servers are started for them.
MODULES = ("libs/shared/tests/test_service.py", "libs/shared/tests/storage/test_object_store.py")
JOURNEYS = ("tests-e2e/journeys",)
JOURNEY_SECONDS, MODULE_SECONDS = 2400, 900
KILLED = ("tts", "rabbitmq")


def say(text: str) -> None:
    """Tell what is going on; standard output is for the figures alone."""
    print(text, file=sys.stderr, flush=True)


def tested(what: tuple[str, ...], seconds: float, **environment: str) -> dict[str, int]:
    """Run tests in a process of their own; returns how many passed, failed and were skipped.

    Raises:
        TrialFailedError: when they did not end in time, or none of them ran.
    """
    python = str(ROOT / ".venv/bin/python")
    words = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", *what]
    try:
        done = subprocess.run(
            words,
            cwd=ROOT,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialFailedError(f"{what[0]} took longer than {seconds:.0f} s") from error
    lines = done.stdout.splitlines() or [""]
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", lines[-1])}
    say("\n".join(line for line in lines if line.startswith(("FAILED", "ERROR"))))
    if not found.get("passed"):
        raise TrialFailedError(f"{what[0]} ran no test that passed:\n{done.stdout[-3000:]}")
    failed = found.get("failed", 0) + found.get("error", 0) + found.get("errors", 0)
    return {"passed": found["passed"], "failed": failed, "skipped": found.get("skipped", 0)}


def looked_at(stack: Stack) -> dict[str, Any]:
    """Return what can be seen from outside."""
    present = stack.containers()
    planted, hits = checks.secrets_in_the_open(stack)
    return {
        "containers": len(present),
        "not_hardened": checks.hardening(present),
        "data_gets_out": checks.gets_out(stack, "data"),
        "app_gets_out": checks.gets_out(stack, "app"),
        "secrets_planted": planted,
        "secrets_found": hits,
    }


def tried(stack: Stack, work: Path) -> dict[str, Any]:
    """Start the stack, use it, look at it, hurt it; returns the figures."""
    say("starting the stack ...")
    found: dict[str, Any] = {"seconds_to_healthy": round(stack.up(), 1), "left_out": left_out()}
    description = stack.describe(work)
    say("looking at it ...")
    found |= looked_at(stack)
    say("killing parts of it ...")
    found["seconds_to_come_back"] = {name: checks.comes_back(stack, name) for name in KILLED}
    say("the journeys ...")
    found["journeys"] = tested(JOURNEYS, JOURNEY_SECONDS, AB_TEST_STACK=str(description))
    say("scaled to three voices ...")
    stack.compose("up", "-d", "--no-build", "--no-recreate", "--scale", "tts=3", "tts")
    stack.await_healthy()
    voices = [found for found in stack.containers() if checks.service_of(found) == "tts"]
    found["tts_after_scale"] = len(voices)
    return found


def on_containers() -> dict[str, int]:
    """Run one test module on containers of the same images; returns its counts."""
    say("a test module on containers ...")
    # Ryuk removes what a killed run left; there is no image of it here, and this engine ends.
    infra = {"AB_TEST_INFRA": "testcontainers", "TESTCONTAINERS_RYUK_DISABLED": "true"}
    return tested(MODULES, MODULE_SECONDS, **infra)


def trial(host: str | None) -> dict[str, Any]:
    """Do all of it; the figures. Whatever happens, nothing stays."""
    began = time.monotonic()
    with ExitStack() as exits:
        work = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="ab-trial-")))
        if host is None:
            check_tools()
            exits.enter_context(engine(work / "engine"))
            sizes = build_all(work, say)
        else:
            os.environ["DOCKER_HOST"] = host
            sizes = {name: image_size(name) for name in map(tag, built())}
        stack = Stack()
        exits.callback(stack.down)
        found = tried(stack, work)
        found["testcontainers"] = on_containers()
        found |= {"images": len(sizes), "megabytes": sizes}
    return {**found, "seconds": round(time.monotonic() - began), "passed": is_well(found)}


def image_size(name: str) -> float:
    """Return an image's megabytes."""
    return round(int(run("docker", "image", "inspect", "--format", "{{.Size}}", name)) / 1e6, 1)


def is_well(found: dict[str, Any]) -> bool:
    """Tell whether nothing is wrong."""
    wrong = found["not_hardened"] or found["secrets_found"] or found["data_gets_out"]
    # A check that finds nothing anywhere finds nothing: from app it has to get through.
    wrong = wrong or not found["app_gets_out"]
    return not (wrong or found["journeys"]["failed"] or found["testcontainers"]["failed"])


def main() -> int:
    """Return 0 when everything held, 1 when something did not, 2 when it could not be tried."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--host", help="an engine that runs and has all images: builds none")
    try:
        found = trial(parser.parse_args().host)
    except TrialFailedError as error:
        say(f"\nThe trial could not be carried through.\n{error}")
        return 2
    print(json.dumps(found))
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
