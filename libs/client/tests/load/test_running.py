"""Loads against a gateway in memory: what is sent, waited for, counted, and when it ends."""

from __future__ import annotations

import asyncio
import io
import selectors
import time
from typing import Any

import httpx
import pytest
from ab_client.load import deeds
from ab_client.load.command import is_this_machine, load
from ab_client.load.crowd import Crowd
from ab_client.load.figures import NOT_SENT
from ab_client.load.mix import PROFILES, Mix
from ab_client.load.objectives import parse
from ab_client.load.running import Plan, Run
from ab_client.main import app
from rich.console import Console
from typer.testing import CliRunner

URL = "http://127.0.0.1:1"
EMPTY = {"sessions": [], "limit": 50, "offset": 0, "hasMore": False}
LISTS = Mix(shares={"list": 1})


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "POLL_SECONDS", 0.0)


async def loaded(gateway: Any, plan: Plan, *, users: int = 2, expect: str = "") -> Any:
    screen = Console(file=io.StringIO())
    transport = httpx.MockTransport(gateway)
    figures, stopped = await load(URL, plan, users, parse(expect), screen, transport)
    assert not stopped
    return figures


async def test_an_evening_sends_its_shares_and_all_tracks_become_ready(gateway: Any) -> None:
    plan = Plan(PROFILES["evening"], rate=150, seconds=1.0, seed=4)
    figures = await loaded(gateway, plan, expect="errors=0%,failed=0%,ready99=5s")
    assert figures["held"], figures
    assert gateway.asked["GET /sessions/ID/playback-bundle"] > 30
    assert gateway.asked["POST /sessions/ID/events"] > 15
    jobs = figures["jobs"]
    assert jobs["asked"] == jobs["ready"] > 2
    # Nobody made a track without following it, and whoever asked was answered.
    assert (
        jobs["asked"] + 2 == gateway.asked["POST /sessions"] + gateway.asked["PATCH /sessions/ID"]
    )
    assert {"bundle", "listen", "list", "create"} <= figures["latency_ms"].keys()


class Skipped(selectors.DefaultSelector):
    """Where a loop would wait, its time only moves on: who comes first is no chance."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0
        return super().select(0)


def skipping() -> asyncio.AbstractEventLoop:
    waits = Skipped()
    loop = asyncio.SelectorEventLoop(waits)
    vars(loop)["time"] = lambda: waits.now
    return loop


def test_the_same_seed_comes_for_the_same_again(gateway: Any) -> None:
    asked = []
    for one in (gateway, type(gateway)()):
        with asyncio.Runner(loop_factory=skipping) as runner:
            runner.run(loaded(one, Plan(PROFILES["evening"], 100, 0.5, seed=9)))
        asked.append(one.asked)
    assert asked[0] == asked[1]
    assert asked[0].total() > 50


async def test_a_launch_needs_nobody_and_ends_with_listening(gateway: Any) -> None:
    figures = await loaded(gateway, Plan(Mix(shares={"sign_up": 1}), 20, 1.0, seed=1))
    joined = gateway.asked["POST /auth/register"]
    assert joined == figures["visits"] == figures["jobs"]["ready"] > 5
    assert gateway.asked["POST /sessions/ID/events"] == joined
    assert figures["errors"] == {}


async def test_who_is_asked_to_wait_waits_and_is_counted(gateway: Any) -> None:
    gateway.moods["GET /sessions"] = [
        gateway.refused(429, "RATE_LIMITED", 0),
        gateway.refused(503, "SERVICE_UNAVAILABLE", 0),
        None,
    ]
    figures = await loaded(gateway, Plan(LISTS, 50, 1.0, seed=2, most=1))
    assert (figures["visits"], figures["requests"], figures["retried"]) == (1, 1, 2)
    assert figures["throttled"] == {"429": 1, "503": 1}
    assert figures["errors"] == {}


async def test_who_is_asked_to_wait_for_ever_goes_away(gateway: Any) -> None:
    gateway.moods["GET /sessions"] = [gateway.refused(429, "RATE_LIMITED", 3600)]
    figures = await loaded(gateway, Plan(LISTS, 50, 1.0, seed=2, most=1))
    assert figures["errors"] == {"RATE_LIMITED": 1}
    assert figures["retried"] == 0


async def test_errors_are_told_by_their_codes(gateway: Any) -> None:
    gateway.moods["GET /sessions"] = [
        gateway.refused(500, "INTERNAL_ERROR"),
        httpx.ConnectError("nobody"),
        httpx.Response(200, json={"odd": True}),
    ]
    plan = Plan(LISTS, 50, 5.0, seed=2, most=4)
    figures = await loaded(gateway, plan, expect="errors=10%")
    assert figures["errors"] == {"INTERNAL_ERROR": 1, "no answer": 1, "unexpected answer": 1}
    assert figures["error_ratio"] == 0.75
    assert not figures["held"]


async def test_a_slow_answer_holds_nobody_up_and_counts_from_when_they_came() -> None:
    async def slow(_request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.5)
        return httpx.Response(200, json=EMPTY)

    screen = Console(file=io.StringIO())
    plan = Plan(LISTS, 40, 1.0, seed=3)
    figures, _ = await load(URL, plan, 0, [], screen, httpx.MockTransport(slow))
    assert figures["most_in_flight"] > 8
    assert figures["latency_ms"]["all"]["p50"] >= 500
    assert figures["requests"] == figures["visits"] > 20


async def test_a_machine_that_is_behind_does_not_hide_it(gateway: Any) -> None:
    run = Run(Plan(LISTS, 1000, 0.3, seed=1), Crowd(URL, httpx.MockTransport(gateway)))
    going = asyncio.create_task(run.go())
    await asyncio.sleep(0.05)
    # The loop stands still as that of a machine without time does.
    asyncio.get_running_loop().call_soon(time.sleep, 0.2)
    await going
    assert max(run.record.late) > 0.15
    assert max(run.record.everything) > 0.15


async def test_stopping_leaves_figures_and_counts_what_was_open(gateway: Any) -> None:
    gateway.looks_until_ready = 10_000_000
    mix = Mix(shares={"sign_up": 1})
    run = Run(Plan(mix, 50, 60.0, seed=1), Crowd(URL, httpx.MockTransport(gateway)))
    going = asyncio.create_task(run.go())
    await asyncio.sleep(0.2)
    run.stop.set()
    await asyncio.wait_for(going, 5)
    assert run.record.arrived > 0
    assert run.record.in_flight == 0
    assert run.seconds < 5


async def test_what_is_never_ready_is_given_up_after_the_drain(gateway: Any) -> None:
    run = Run(
        Plan(Mix(shares={"create": 1}), 50, 0.2, seed=1, most=2, drain=0.3),
        Crowd(URL, httpx.MockTransport(gateway)),
    )
    await run.crowd.join(run.crowd.stranger())
    gateway.looks_until_ready = 10_000_000
    began = time.monotonic()
    await run.go()
    assert time.monotonic() - began < 5
    assert (run.record.jobs_asked, run.record.unfinished, run.record.ready) == (2, 2, [])


async def test_more_than_this_machine_can_hold_is_not_sent_and_told(
    gateway: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ab_client.load.running.MOST_VISITS_AT_ONCE", 0)
    run = Run(Plan(LISTS, 50, 1.0, seed=1, most=3), Crowd(URL, httpx.MockTransport(gateway)))
    await run.go()
    assert run.record.errors == {NOT_SENT: 3}
    assert run.record.error_ratio == 1.0


async def test_a_visit_that_breaks_is_told(gateway: Any) -> None:
    nobody = Run(
        Plan(Mix(shares={"bundle": 1}), 50, 1.0, seed=1, most=2),
        Crowd(URL, httpx.MockTransport(gateway)),
    )
    await nobody.go()
    assert nobody.record.errors == {"the visit broke: IndexError": 2}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:1", 1),
        ("http://localhost:1", 1),
        ("http://[::1]:1", 1),
        ("https://api.example.com", 2),
        ("http://192.0.2.7:8787", 2),
        ("http://127.0.0.1.example.com", 2),
    ],
)
def test_only_this_machine_is_loaded_unasked(url: str, code: int) -> None:
    done = CliRunner().invoke(app, ["load", "evening", "--url", url, "--for", "1"])
    # Nobody listens there: that is told only of what may be loaded.
    assert done.exit_code == code
    assert is_this_machine(url) is (code == 1)
    assert ("--i-own-this-host" in done.output) is (code == 2)


@pytest.mark.parametrize(
    "arguments", [("nothing",), ("--rate", "9999"), ("--for", "99999"), ("--expect", "p95=fast")]
)
def test_what_cannot_be_is_refused_before_anything_is_sent(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["load", "--url", URL, *arguments])
    assert done.exit_code == 2
