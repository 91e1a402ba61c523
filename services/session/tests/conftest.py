"""Makes the stand-ins in ``session_memory`` importable, and gives them to tests."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ab_shared.testing.clock import FakeClock

sys.path.insert(0, str(Path(__file__).parent))

from session_memory.rig import Rig
from session_memory.store import MemoryStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """The service on a broker in memory, with tts, stitching and entitlement played."""
    made = Rig()
    await made.start()
    yield made
    await made.stop()
