"""One stack with its logs wide open, everything planted, everything read."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from failures.private_stack import PrivateStack, running
from simulators.otlp import Collector, collecting
from simulators.sentry import Sentry, playing_sentry

from leaks.looking import Places, logs, metrics, own_secrets
from leaks.planting import (
    Planted,
    broken_database,
    listener,
    plant_words,
    poison,
    stranger,
)

SETTLE_SECONDS = 30.0
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Result:
    """What was planted and read, and what was found; counts, and never a secret."""

    planted: int
    found: list[str]
    places: dict[str, int]
    reports: int
    spans: int

    def as_json(self) -> dict[str, Any]:
        """For people and programs."""
        shown = {name: getattr(self, name) for name in ("planted", "reports", "spans")}
        return {**shown, "found": len(self.found), "where": self.found, "letters": self.places}


def tried() -> Result:
    """Plants, reads and tells; about a minute and a half."""
    with playing_sentry() as sentry, collecting() as collector:
        wishes = {
            "LOG_LEVEL": "DEBUG",
            "SENTRY_DSN": sentry.dsn,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        }
        with _environment(wishes), running() as stack:
            stack.forget_stems()
            planted = Planted()
            asyncio.run(_plant(stack, planted))
            _settle(stack, sentry, collector)
            return _read(stack, planted, sentry, collector)


async def _plant(stack: PrivateStack, planted: Planted) -> None:
    plant_words(planted)
    await listener(stack.gateway_url, planted)
    await stranger(stack.gateway_url, planted)
    await poison(stack.description)
    await broken_database(stack.gateway_url, stack.description, planted)


def _settle(stack: PrivateStack, sentry: Sentry, collector: Collector) -> None:
    """Waits until dead letters were reported, and for the spans that were still on their way."""
    sentry.events(least=3, within=SETTLE_SECONDS)
    stack.stop("gateway")
    stack.wait_ready("gateway")
    ends = time.monotonic() + SETTLE_SECONDS
    while not collector.raw and time.monotonic() < ends:
        time.sleep(LOOK_SECONDS)


def _read(stack: PrivateStack, planted: Planted, sentry: Sentry, collector: Collector) -> Result:
    secrets = planted.secrets | own_secrets(stack.description)
    places = Places()
    for name, text in (*logs(stack.state / "log"), *metrics(stack.description)):
        places.add(name, text)
    places.add("traces", b"\n".join(collector.raw))
    places.add("error reports", b"\n".join(sentry.raw))
    return Result(
        planted=len(secrets),
        found=places.found(secrets),
        places={name: len(text) for name, text in places.texts.items()},
        reports=len(sentry.events()),
        spans=collector.count,
    )


@contextmanager
def _environment(wishes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in wishes}
    os.environ.update(wishes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
