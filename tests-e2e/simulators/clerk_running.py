"""A made-up Clerk on a free port of this machine, for tests that need real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from simulators.clerk import Simulator
from simulators.clerk_tokens import Mint
from simulators.clerk_webhooks import Courier
from simulators.running import serving

SECRET_KEY = "sk_test_made_up_by_the_simulator"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Running:
    """Where it answers, and its inside for a test to look at."""

    url: str
    simulator: Simulator


@contextmanager
def running(webhook_url: str | None = None) -> Iterator[Running]:
    """Serves in a thread of its own inside the block; its issuer is its own address."""
    # Opened by the thread's own loop, as its connections belong to that.
    courier = Courier(httpx.AsyncClient(trust_env=False), webhook_url, [WEBHOOK_SECRET], hurry=50.0)
    simulator = Simulator(Mint("unknown until it listens"), courier, secret_key=SECRET_KEY)
    with serving(simulator.app()) as url:
        simulator.mint.issuer = url
        yield Running(url, simulator)
