"""``observed``: one stack with Prometheus after real traffic, for every module of this folder.

::

    observed.query(promql)        samples now: [{"metric": {...}, "value": [time, "1"]}, ...]
    observed.query_range(promql)  series since the traffic began
    observed.names()              every metric name that has had a sample
    observed.wait_for(promql)     as query, once it has an answer
    observed.stack                what `failures.private_stack` describes; leave it as it was
    observed.vendors              made-up ElevenLabs and OpenAI that tts and session call
    observed.prometheus_url, .alertmanager_url, .since
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ab_local.broker_packages import find_broker
from ab_local.layout import BROKER
from observability.observed import Observed, running
from observability.traffic import drive

VARIABLE = "AB_OBSERVE"


@pytest.fixture(scope="session")
def observed() -> Iterator[Observed]:
    """The stack; its traffic is over, and everything of it has been scraped."""
    if not (os.environ.get("AB_TEST_STACK") or os.environ.get(VARIABLE)):
        pytest.skip(f"starts a stack of its own: run through 'make test', or set {VARIABLE}=1")
    if find_broker(BROKER) is None:
        pytest.skip("a stack of its own needs RabbitMQ: make setup")
    with running() as found:
        drive(found)
        yield found
