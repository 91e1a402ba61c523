"""A stack with Prometheus after real traffic, and how its metrics are asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from failures.private_stack import PrivateStack
from observability.watched import watched
from simulators.elevenlabs_app import ElevenLabs
from simulators.openai_app import OpenAi
from simulators.otlp import collecting
from simulators.running import serving

START_SECONDS, HTTP_SECONDS = 420.0, 20.0
LOOK_SECONDS = 0.5
KEY = "a-key-of-the-vendor"
# Prometheus looks every 5 s; what moved last has to be there twice for a rate.
SCRAPE_SECONDS = 5.0


class QueryRefusedError(RuntimeError):
    """Prometheus can't work an expression out; the message is its own."""


@dataclass
class Vendors:
    """Made-up vendors that tts and session call; faults are planned on ``vendor.faults``."""

    elevenlabs: ElevenLabs = field(default_factory=lambda: ElevenLabs(KEY))
    openai: OpenAi = field(default_factory=lambda: OpenAi(KEY))


@dataclass
class Observed:
    """A running instance; ``since`` is when its traffic began, in Unix seconds."""

    stack: PrivateStack
    vendors: Vendors
    since: float = field(default_factory=time.time)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def prometheus_url(self) -> str:
        """Where Prometheus answers."""
        return str(self.stack.description["prometheus_url"])

    @property
    def alertmanager_url(self) -> str:
        """Where Alertmanager answers."""
        return str(self.stack.description["alertmanager_url"])

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The samples of an instant query now: each with ``metric`` and ``value`` (time, text).

        Raises:
            QueryRefusedError: it is no valid expression.
        """
        return self._ask("query", query=expression)

    def query_range(self, expression: str, *, step: float = SCRAPE_SECONDS) -> list[dict[str, Any]]:
        """The series of an expression since the traffic began: each with ``metric``, ``values``."""
        return self._ask(
            "query_range", query=expression, start=self.since, end=time.time(), step=step
        )

    def names(self) -> set[str]:
        """Every name of a metric that has had a sample."""
        found: Any = self._data("label/__name__/values", {})
        return set(found)

    def wait_for(self, expression: str, within: float = 60.0) -> list[dict[str, Any]]:
        """The samples of an expression once there are any; TimeoutError after ``within``."""
        began = time.monotonic()
        while not (found := self.query(expression)):
            if time.monotonic() - began > within:
                raise TimeoutError(f"nothing answers {expression}")
            time.sleep(LOOK_SECONDS)
        return found

    def _ask(self, what: str, **parameters: Any) -> list[dict[str, Any]]:
        data = self._data(what, parameters)
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        found: list[dict[str, Any]] = data["result"]
        return found

    def _data(self, what: str, parameters: dict[str, Any]) -> Any:
        response = httpx.post if what.startswith("query") else httpx.get
        url = f"{self.prometheus_url}/api/v1/{what}"
        answer = (
            response(url, data=parameters, timeout=HTTP_SECONDS, trust_env=False)
            if what.startswith("query")
            else response(url, timeout=HTTP_SECONDS, trust_env=False)
        )
        said = answer.json()
        if said["status"] != "success":
            raise QueryRefusedError(f"{parameters.get('query', what)}: {said.get('error')}")
        return said["data"]


@contextlib.contextmanager
def running(*, hurry: float = 1) -> Iterator[Observed]:
    """A fresh stack with observers and made-up vendors; forgotten at the end."""
    # Not under pytest's own folder: the database's user has to pass through.
    folder = Path(tempfile.mkdtemp(prefix="ab-observed-"))
    folder.chmod(0o711)
    state, vendors = folder / "stack", Vendors()
    with ExitStack() as played:
        elevenlabs = played.enter_context(serving(vendors.elevenlabs.app()))
        openai = played.enter_context(serving(vendors.openai.app()))
        try:
            settings = _settings(elevenlabs, openai)
            # Numbers lead to traces only where somebody takes traces.
            traces = played.enter_context(collecting(counting=True))
            settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url}
            settings |= played.enter_context(watched(folder))
            _run(state, settings, "up", "--quiet", "--observe", "--hurry", str(hurry))
            yield Observed(PrivateStack(state), vendors)
        finally:
            with contextlib.suppress(RuntimeError):
                _run(state, {}, "down")
            shutil.rmtree(folder, ignore_errors=True)


def _settings(elevenlabs: str, openai: str) -> dict[str, str]:
    return {
        "TTS_PROVIDERS": '["elevenlabs", "openai", "embedded"]',
        "ELEVENLABS_API_KEY": KEY,
        "ELEVENLABS_BASE_URL": elevenlabs,
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": f"{openai}/v1",
        "TTS_VENDOR_CALL_SECONDS": "5",
        # One worker is enough to be seen, and two cores are few.
        "AB_STITCHING_WORKERS": "1",
        # Yesterday's numbers are counted anew by the traffic, and shown at the next look.
        "SESSION_ANALYTICS_SECONDS": "5",
    }


def _run(state: Path, settings: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ab_local", "--state", str(state), *command],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the observed stack: {command[0]} failed:\n{done.stderr[-4000:]}")
