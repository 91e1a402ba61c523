"""Makes the stand-ins in ``session_memory`` importable, and gives them to tests."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase

sys.path.insert(0, str(Path(__file__).parent))

from session_memory.rig import Rig
from session_memory.store import MemoryStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@asynccontextmanager
async def started(rig: Rig) -> AsyncIterator[Rig]:
    await rig.start()
    yield rig
    await rig.stop()


@pytest.fixture
async def memory_rig() -> AsyncIterator[Rig]:
    """The service on a broker in memory, with tts, stitching and entitlement played."""
    async with started(Rig()) as rig:
        yield rig


@pytest.fixture
async def postgres_rig(database: NewDatabase) -> AsyncIterator[Rig]:
    """The same on a real database."""
    made = await database("session")
    async with started(Rig(made.engine)) as rig:
        yield rig
