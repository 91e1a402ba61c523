from __future__ import annotations

import asyncio

import pytest
from ab_session.bootstrap import wire
from ab_session.entrypoints.sweep import sweeping
from ab_session.settings import SessionSettings
from ab_shared.contracts.catalogue import Kind, heard_by
from ab_shared.errors import DependencyUnavailable, SettingsInvalid
from ab_shared.runtime.settings import load
from ab_shared.testing.memory_broker import MemoryBroker
from session_memory.rig import KEY
from session_memory.store import MemoryStore


def test_everything_the_catalogue_sends_here_is_heard() -> None:
    bus = MemoryBroker().bus("session")
    heard = wire(MemoryStore(bus), bus, KEY).subscriptions
    routes = [*heard_by("session", Kind.EVENT), *heard_by("session", Kind.REQUEST)]
    assert {*heard.handlers, *heard.answerers} == {route.routing_key for route in routes}


async def test_the_sweep_goes_on_after_a_failure() -> None:
    sweeps = 0
    went_on = asyncio.Event()

    async def revive() -> int:
        nonlocal sweeps
        sweeps += 1
        await asyncio.sleep(0)
        if sweeps == 1:
            raise DependencyUnavailable("away")
        went_on.set()
        return 0

    async with sweeping(revive, 0.001):
        await asyncio.wait_for(went_on.wait(), 5)
    ended_at = sweeps
    await asyncio.sleep(0.01)
    assert sweeps == ended_at


def test_settings_name_every_missing_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "RABBITMQ_URL", "CONTENT_ADDRESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsInvalid) as refused:
        load(SessionSettings)
    for name in ("DATABASE_URL", "RABBITMQ_URL", "CONTENT_ADDRESS_KEY"):
        assert name in refused.value.message
