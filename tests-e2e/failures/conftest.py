"""What failure tests break: see ``private_stack.py`` for the interface of ``private_stack``."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from ab_local.broker_packages import find_broker
from ab_local.layout import BROKER
from failures.private_stack import PrivateStack, running
from failures.rotation_fleet import Fleet, sailing
from failures.troupe import troupe

__all__ = ["broken_stack", "private_stack", "troupe"]


@pytest.fixture(scope="session")
def broken_stack() -> Iterator[PrivateStack]:
    """The one stack of this run that may be broken; started when a test first asks for it."""
    if not os.environ.get("AB_TEST_STACK"):
        pytest.skip("starts a stack of its own beside that of 'make test': run through that")
    if find_broker(BROKER) is None:
        pytest.skip("a stack of its own needs RabbitMQ: make setup")
    with running() as stack:
        yield stack


@pytest.fixture
def private_stack(broken_stack: PrivateStack) -> Iterator[PrivateStack]:
    """That stack, with everything ready and nothing paused; it is left so."""
    broken_stack.resume_all()
    broken_stack.wait_ready()
    yield broken_stack
    broken_stack.resume_all()


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    """Six services whose secrets may be rotated, on servers of their own."""
    if not os.environ.get("AB_TEST_STACK"):
        pytest.skip("starts servers of its own beside those of 'make test': run through that")
    if find_broker(BROKER) is None:
        pytest.skip("servers of its own need RabbitMQ: make setup")
    with sailing() as found:
        yield found
