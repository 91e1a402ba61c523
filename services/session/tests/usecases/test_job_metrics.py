"""A job is counted when its end is written, once, however often that is tried."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from ab_session.domain.job import Job, cancel
from ab_session.usecases.record_move import record_move
from prometheus_client import REGISTRY
from session_memory.samples import AT, given, session_of
from session_memory.store import MemoryStore

LABELS = {"kind": "audio", "outcome": "cancelled"}


def told(what: str) -> float:
    return REGISTRY.get_sample_value(f"ab_job_seconds_{what}", LABELS) or 0.0


async def call_off(store: MemoryStore, job: Job, *, fails: bool) -> None:
    at = AT + timedelta(seconds=7)
    async with store.begin() as unit:
        await record_move(unit, job, cancel(job, at), at)
        if fails:
            raise ZeroDivisionError


async def test_an_end_that_is_not_written_is_not_counted() -> None:
    store = MemoryStore()
    job = await given(store, session_of())
    number, seconds = told("count"), told("sum")
    for fails in (True, True, False):
        with suppress(ZeroDivisionError):
            await call_off(store, job, fails=fails)
    # Sums of others stand before it, which no float adds to exactly.
    assert (told("count") - number, told("sum") - seconds) == (1, pytest.approx(7))
