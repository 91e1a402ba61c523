"""How a drill is led: with watchers, a fault and listeners that do what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from drills.conduct import Conductor, Limits
from drills.drill import Drill, Verdict
from drills.watchers import Watchers
from failures.chaos.listeners import Outcome
from failures.chaos.orders import Kind, Order

NAME, LABELS = "VendorThrottled", {"vendor": "elevenlabs"}
QUICK = Limits(firing=0.3, resolving=0.3, look=0.005)
URLS = {"alertmanager_url": "http://alertmanager", "prometheus_url": "http://prometheus/"}
ANNOTATIONS = {
    "summary": "It refuses.",
    "description": "Often.",
    "dashboard": "/d/ab-vendors?viewPanel=0",
    "runbook_url": "https://x/vendor-throttled.md",
}


class World:
    """A fault that is seen after a few looks, and what the watchers then answer."""

    def __init__(self) -> None:
        self.broken = False
        self.breaks = 0
        self.mends = 0
        self.looks_until_seen = 3
        self.always: list[dict[str, str]] = []
        self.labels: dict[str, str] = dict(LABELS)
        self.keeps_firing = False
        self.left: dict[str, int] = {}
        self.closed = False
        self.ends = ["ready", "ready", "failed"]
        self.fails_to_break = False
        self.happened = asyncio.Event()
        self._looks = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Alertmanager and Prometheus."""
        if request.url.path == "/api/v2/alerts":
            return httpx.Response(200, json=[_alert(one) for one in self._firing()])
        return httpx.Response(200, json={"data": {"result": [], "activeTargets": []}})

    def _firing(self) -> list[dict[str, str]]:
        self._looks = self._looks + 1 if self.broken else 0
        seen = self._looks >= self.looks_until_seen or (self.keeps_firing and self.breaks)
        return [*self.always, {"alertname": NAME, **self.labels}] if seen else self.always

    async def break_it(self) -> None:
        """As a fault does."""
        if self.fails_to_break:
            raise RuntimeError("cannot")
        self.broken, self.breaks = True, self.breaks + 1
        self.happened.set()

    async def mend_it(self) -> None:
        """As a fault does."""
        self.broken, self.mends = False, self.mends + 1

    async def owed(self) -> Mapping[str, int]:
        """As a fault does."""
        return self.left

    async def begin(self) -> None:
        """As listeners do."""

    async def end(self) -> list[Outcome]:
        """As listeners do."""
        return [_outcome(number, end) for number, end in enumerate(self.ends)]

    async def close(self) -> None:
        """As listeners do."""
        self.closed = True


def _alert(labels: dict[str, str]) -> dict[str, Any]:
    return {"labels": labels, "annotations": ANNOTATIONS}


def _outcome(number: int, end: str) -> Outcome:
    order = Order.__new__(Order)
    for name, value in {"number": number, "kind": Kind.PLAIN}.items():
        object.__setattr__(order, name, value)
    return Outcome(order, end, "" if end == "ready" else "The voice is away")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def conductor(world: World) -> AsyncIterator[Conductor]:
    async with Watchers(URLS, transport=httpx.MockTransport(world)) as watchers:
        yield Conductor(watchers, QUICK, lambda _: None)


def drill_of(world: World) -> Drill:
    return Drill("vendor-429", "It refuses.", NAME, lambda _: world, LABELS)


async def led(conductor: Conductor, world: World) -> Verdict:
    return await conductor.lead(drill_of(world), world, world)


async def test_an_alert_that_comes_and_goes_passes(conductor: Conductor, world: World) -> None:
    verdict = await led(conductor, world)
    assert verdict.passed
    assert (verdict.asked, verdict.ready, verdict.failed) == (3, 2, {"The voice is away": 1})
    assert verdict.figures()["lost"] == 0
    assert verdict.shown["runbook"].endswith("vendor-throttled.md")
    assert not world.broken
    assert world.closed


async def test_another_vendors_alert_is_not_this_one(conductor: Conductor, world: World) -> None:
    world.labels = {"vendor": "openai"}
    verdict = await led(conductor, world)
    assert not verdict.fired
    assert "did not fire" in str(verdict.trouble)


async def test_an_alert_that_never_comes_fails_and_is_mended(
    conductor: Conductor, world: World
) -> None:
    world.looks_until_seen = 10**9
    verdict = await led(conductor, world)
    assert not verdict.passed
    assert not verdict.fired
    assert (world.breaks, world.broken) == (1, False)
    # What was ordered meanwhile is counted all the same.
    assert verdict.asked == 3


async def test_an_alert_that_stays_fails(conductor: Conductor, world: World) -> None:
    world.keeps_firing = True
    verdict = await led(conductor, world)
    assert verdict.fired
    assert verdict.resolved_after_s is None
    assert not verdict.passed


async def test_nothing_is_broken_where_it_fires_already(conductor: Conductor, world: World) -> None:
    world.always = [{"alertname": NAME, **LABELS}]
    verdict = await led(conductor, world)
    assert "before anything is broken" in str(verdict.trouble)
    assert world.breaks == 0


async def test_who_was_forgotten_is_lost(conductor: Conductor, world: World) -> None:
    world.ends = ["ready", "stuck"]
    verdict = await led(conductor, world)
    assert verdict.fired
    assert verdict.lost == ["order 1: The voice is away"]
    assert not verdict.passed


async def test_what_the_fault_owes_is_lost(conductor: Conductor, world: World) -> None:
    world.left = {"purchase events not taken": 7}
    verdict = await led(conductor, world)
    assert verdict.lost == ["7 purchase events not taken"]
    assert not verdict.passed


async def test_others_that_came_with_it_are_told(conductor: Conductor, world: World) -> None:
    verdict = await led(conductor, world)
    assert verdict.also_fired == []
    world.always = [{"alertname": "InstanceDown"}]
    assert (await led(conductor, world)).also_fired == []


async def test_a_fault_that_cannot_be_made_is_told(conductor: Conductor, world: World) -> None:
    world.fails_to_break = True
    verdict = await led(conductor, world)
    assert (verdict.trouble, verdict.passed, world.mends) == ("cannot", False, 1)


async def test_stopped_in_the_middle_it_mends_first(conductor: Conductor, world: World) -> None:
    world.looks_until_seen = 10**9
    leading = asyncio.create_task(led(conductor, world))
    await asyncio.wait_for(world.happened.wait(), 5)
    leading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leading
    assert not world.broken
    assert world.closed


def test_a_drill_in_a_hurry_is_given_less_time() -> None:
    assert Limits.of(10).firing < Limits.of(1).firing
    assert Limits.of(10).patience < Limits.of(1).patience / 3
