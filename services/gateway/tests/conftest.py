"""Makes the stand-ins in ``gateway_memory`` importable, and gives them to tests."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ab_gateway.domain.jobs import KeptJob
from ab_shared.contracts.jobs import JobSnapshot

sys.path.insert(0, str(Path(__file__).parent))

from gateway_memory.keys import Keys
from gateway_memory.samples import job_of
from gateway_memory.services import Services
from gateway_memory.store import MemoryStore


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def services(keys: Keys) -> Services:
    return Services(keys)


@pytest.fixture
def new_job() -> Callable[..., JobSnapshot]:
    return job_of


@pytest.fixture
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def aged() -> Callable[[KeptJob, float], KeptJob]:
    """A kept job as it would look had it been kept some seconds earlier."""
    return lambda kept, seconds: replace(kept, kept_at=kept.kept_at - seconds)
