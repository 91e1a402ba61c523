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
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import checks
import watching
from engine import TrialFailedError, check_tools, engine, run
from images import ROOT, build_all, built, tag
from stack import Stack, left_out, service_of

# What every service stands on, and the store: all four servers are started for them.
MODULES = ("libs/shared/tests/test_service.py", "libs/shared/tests/storage/test_object_store.py")
JOURNEYS = ("tests-e2e/journeys",)
JOURNEY_SECONDS, MODULE_SECONDS = 2400, 900
KILLED = ("tts", "rabbitmq")
VOICES, LOAD_RATE = 3, "0.5"


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
        said = (error.stdout or b"").decode(errors="replace")[-1500:]
        raise TrialFailedError(f"{what[0]} took longer than {seconds:.0f} s:\n{said}") from error
    lines = done.stdout.splitlines() or [""]
    found = {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", lines[-1])}
    say("\n".join(line[:500] for line in lines if line.startswith(("FAILED", "ERROR", "E  "))))
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


def killed(stack: Stack) -> dict[str, Any]:
    """Kill parts of it; returns the seconds until all was well again."""
    return {"seconds_to_come_back": {name: checks.comes_back(stack, name) for name in KILLED}}


def scaled(stack: Stack) -> dict[str, Any]:
    """Ask for more voices; returns what Prometheus sees of them."""
    scale = ("--no-recreate", "--scale", f"tts={VOICES}", "tts")
    stack.compose("up", "-d", "--no-build", *scale)
    stack.await_healthy()
    there = [found for found in stack.containers() if service_of(found) == "tts"]
    return {"tts_after_scale": len(there), "prometheus": watching.seen(stack, VOICES)}


def loaded(stack: Stack) -> dict[str, Any]:
    """Let a crowd come for a minute; returns the load's own figures."""
    words = ("--rate", LOAD_RATE, "--for", "60", "--json")
    text = stack.compose("--profile", "load", "run", "--rm", "-T", "load", *words)
    return {"load": json.loads(text.splitlines()[-1])}


def travelled(stack: Stack) -> dict[str, Any]:
    """Run the journeys of tests-e2e through the edge; returns their counts."""
    with tempfile.TemporaryDirectory(prefix="ab-trial-") as place:
        description = str(stack.describe(Path(place)))
        return {"journeys": tested(JOURNEYS, JOURNEY_SECONDS, AB_TEST_STACK=description)}


def on_containers(_: Stack) -> dict[str, Any]:
    """Run test modules on containers of the same images; returns their counts."""
    # Ryuk removes what a killed run left; there is no image of it here, and this engine ends.
    infra = {"AB_TEST_INFRA": "testcontainers", "TESTCONTAINERS_RYUK_DISABLED": "true"}
    return {"testcontainers": tested(MODULES, MODULE_SECONDS, **infra)}


STEPS: dict[str, Callable[[Stack], dict[str, Any]]] = {
    "look": looked_at,
    "kill": killed,
    "scale": scaled,
    "load": loaded,
    "containers": on_containers,
    "journeys": travelled,
}


def tried(stack: Stack, steps: list[str]) -> dict[str, Any]:
    """Start the stack, and take each step whatever became of the one before; the figures."""
    say("starting the stack ...")
    found: dict[str, Any] = {"seconds_to_healthy": round(stack.up(), 1), "left_out": left_out()}
    broken = {}
    for step in steps:
        began = time.monotonic()
        try:
            figures = STEPS[step](stack)
        except TrialFailedError as error:
            broken[step] = str(error)
            figures = {}
        say(f"{step}: {json.dumps(broken.get(step, figures))}, {time.monotonic() - began:.0f} s")
        found |= figures
    return {**found, "steps": steps, "broken": broken}


def trial(host: str | None, steps: list[str], *, hold: bool) -> dict[str, Any]:
    """Do all of it; the figures. Whatever happens, nothing stays."""
    began = time.monotonic()
    with ExitStack() as exits:
        if host is None:
            check_tools()
            work = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="ab-trial-")))
            exits.enter_context(engine(work / "engine"))
            sizes = build_all(work, say)
        else:
            os.environ["DOCKER_HOST"] = host
            sizes = {name: image_size(name) for name in map(tag, built())}
        found: dict[str, Any] = {"images": len(sizes), "megabytes": sizes}
        if hold:
            say(f"Until Ctrl-C or SIGTERM: --host {os.environ['DOCKER_HOST']}")
            with suppress(KeyboardInterrupt):
                signal.pause()
        else:
            stack = Stack()
            exits.callback(stack.down)
            found |= tried(stack, steps)
    return {**found, "seconds": round(time.monotonic() - began), "passed": is_well(found)}


def image_size(name: str) -> float:
    """Return an image's megabytes."""
    return round(int(run("docker", "image", "inspect", "--format", "{{.Size}}", name)) / 1e6, 1)


def is_well(found: dict[str, Any]) -> bool:
    """Tell whether nothing is wrong in the steps that were taken."""
    wrong = [found.get("broken"), found.get("not_hardened"), found.get("secrets_found")]
    # A check that finds nothing anywhere finds nothing: from app it has to get through.
    wrong += [found.get("data_gets_out"), not found.get("app_gets_out", True)]
    wrong += [found.get(tests, {}).get("failed") for tests in ("journeys", "testcontainers")]
    wrong += [found.get("prometheus", {}).get("rules_unwell")]
    return not any(wrong)


def main() -> int:
    """Return 0 when everything held, 1 when something did not, 2 when it could not be tried."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--host", help="an engine that runs and has all images: builds none")
    parser.add_argument("--hold", action="store_true", help="only build; keep the engine running")
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS), help="all steps")
    given = parser.parse_args()
    # Whoever ends it wants everything taken down, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = trial(given.host, given.only, hold=given.hold)
    except TrialFailedError as error:
        say(f"\nThe trial could not be carried through.\n{error}")
        return 2
    print(json.dumps(found))
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
