"""The made-up RevenueCat keeps the vendor's word."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from ab_gateway.domain.webhooks import signed_lately
from ab_operator.main import app
from typer.testing import CliRunner

from simulators.revenuecat import Simulator
from simulators.revenuecat_books import Books
from simulators.revenuecat_control import Control
from simulators.revenuecat_webhooks import MOST_AT_ONCE, Door, Sender

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = "a-signing-key"


class Hearer:
    """A receiver of webhooks that answers as it is told to."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The next status it was given, then 200."""
        self.heard.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)

    def types(self) -> list[str]:
        """What was heard, in order."""
        return [json.loads(request.content)["event"]["type"] for request in self.heard]


def simulator(hearer: Hearer) -> Simulator:
    client = httpx.AsyncClient(transport=httpx.MockTransport(hearer.answer))
    door = Door("http://us.test/hook", "Bearer fixed", KEY)
    return Simulator(Books(lambda: NOW), Sender(client, door, minute=0.0), api_key="sk")


async def asked(vendor: Simulator, path: str, **more: Any) -> httpx.Response:
    transport = httpx.ASGITransport(vendor.app())
    async with httpx.AsyncClient(transport=transport, base_url="http://vendor.test") as client:
        return await client.get(path, **more)


async def test_reading_needs_the_key_and_makes_the_unknown_known() -> None:
    vendor, bearer = simulator(Hearer()), {"Authorization": "Bearer sk"}
    assert (await asked(vendor, "/v1/subscribers/u1")).status_code == 401
    first = await asked(vendor, "/v1/subscribers/u1", headers=bearer)
    again = await asked(vendor, "/v1/subscribers/u1", headers=bearer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["request_date_ms"] == int(NOW.timestamp() * 1000)
    assert again.json()["subscriber"]["entitlements"] == {}


async def test_a_busy_vendor_says_for_how_long() -> None:
    vendor = simulator(Hearer())
    vendor.faults.add("busy", retry_after="3", backoff_ms=2500)
    busy = await asked(vendor, "/v1/subscribers/u1", headers={"Authorization": "Bearer sk"})
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "3")
    assert busy.json()["backoff_ms"] == 2500


async def test_an_event_is_told_until_it_is_heard() -> None:
    hearer = Hearer(500, 503, 202)
    vendor = simulator(hearer)
    vendor.sender.send(vendor.books.act("purchase", "u1"))
    await vendor.sender.idle()
    # Any other 2xx is no yes: exactly 200 counts.
    assert [one.status for one in vendor.sender.deliveries] == [500, 503, 202, 200]
    ids = {json.loads(request.content)["event"]["id"] for request in hearer.heard}
    assert len(ids) == 1


async def test_after_five_retries_it_is_silent() -> None:
    hearer = Hearer(*[500] * 20)
    vendor = simulator(hearer)
    vendor.sender.send(vendor.books.act("purchase", "u1"))
    await vendor.sender.idle()
    assert len(hearer.heard) == 6


async def test_what_is_told_is_signed() -> None:
    hearer = Hearer()
    vendor = simulator(hearer)
    vendor.sender.send(vendor.books.act("purchase", "u1"))
    await vendor.sender.idle()
    request = hearer.heard[0]
    assert request.headers["Authorization"] == "Bearer fixed"
    seal = request.headers["X-RevenueCat-Webhook-Signature"]
    now = float(seal.partition(",")[0].removeprefix("t="))
    assert signed_lately([seal], request.content, KEY, now)
    assert not signed_lately([seal], request.content + b" ", KEY, now)


async def test_held_events_leave_shuffled_and_often() -> None:
    hearer = Hearer()
    vendor = simulator(hearer)
    vendor.sender.holding = True
    for action in ("purchase", "cancel", "uncancel", "refund"):
        vendor.sender.send(vendor.books.act(action, "u1"))
    assert hearer.heard == []
    assert vendor.sender.release(shuffle=1, copies=3) == 12
    await vendor.sender.idle()
    assert len(hearer.types()) == 12
    assert set(hearer.types()) == {
        *("INITIAL_PURCHASE", "CANCELLATION", "UNCANCELLATION"),
    }


async def test_of_a_thousand_events_a_few_are_on_their_way_at_once() -> None:
    under_way: set[int] = set()
    most = 0

    async def door(request: httpx.Request) -> httpx.Response:
        nonlocal most
        under_way.add(id(request))
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(id(request))
        return httpx.Response(200)

    sender = Sender(httpx.AsyncClient(transport=httpx.MockTransport(door)), Door("http://us.test"))
    sender.send({"id": str(number), "type": "RENEWAL"} for number in range(1_000))
    await sender.idle()
    assert len(sender.deliveries) == 1_000
    assert 1 < most <= MOST_AT_ONCE


async def test_a_transfer_names_both_sides_and_nobody_else() -> None:
    books = Books(lambda: NOW)
    books.act("purchase", "u1")
    event = books.act("transfer", "u1", to="u2")[0]
    assert "app_user_id" not in event
    assert (event["transferred_from"], event["transferred_to"]) == (["u1"], ["u2"])
    assert not books.subscriber("u1").purchases


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    config = uvicorn.Config(simulator(Hearer()).app(), port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    stack = tmp_path / "stack.json"
    url = f"http://127.0.0.1:{port}"
    stack.write_text(json.dumps({"simulators": {"revenuecat": url}}))
    yield url, stack
    server.should_exit = True
    thread.join()


def test_an_operator_makes_things_happen(running: tuple[str, Path]) -> None:
    url, stack = running

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--stack", str(stack), "simulate", *words])
        return done.exit_code, done.output

    assert run("purchase", "u1")[0] == 0
    for action in ("billing-issue", "renew", "cancel", "uncancel", "pause", "refund", "grant"):
        code, output = run(action, "u1")
        assert (code, "on its way" in output) == (0, True)
    assert run("transfer", "u1", "u2")[0] == 0
    assert run("refund", "nobody")[0] == 1

    async def held() -> list[str]:
        async with Control(url) as control, httpx.AsyncClient() as client:
            await control.act("purchase-once", "u3")
            seen = await client.get(f"{url}/_control/customers/u3")
        return list(seen.json()["subscriber"]["entitlements"])

    assert asyncio.run(held()) == ["pro"]


def test_without_a_stack_it_says_so(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["--stack", str(tmp_path / "none.json"), "simulate", "refund", "u1"]
    )
    assert done.exit_code == 78
