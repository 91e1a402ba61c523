"""What operators ask about purchases, over a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ab_operator.main import app
from ab_shared.contracts import purchases
from ab_shared.errors import Conflict
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from typer.testing import CliRunner

pytestmark = pytest.mark.real
ANON = "$RCAnonymousID:" + "d" * 32


@dataclass
class Entitlement:
    """Stands in for the service: remembers what it was asked."""

    asked: list[Any] = field(default_factory=list)

    async def reconcile(self, request: purchases.ReconcilePurchases) -> purchases.QueuedResyncs:
        self.asked.append(request)
        return purchases.QueuedResyncs(customers=3)

    async def replay(self, request: purchases.ReplayPurchaseEvents) -> purchases.ReplayedEvents:
        self.asked.append(request)
        last = "e100" if request.event_id is None and request.after is None else None
        return purchases.ReplayedEvents(events=100, customers=7, last=last)

    async def link(self, request: purchases.LinkPurchases) -> purchases.QueuedResyncs:
        self.asked.append(request)
        if request.user_id == "other":
            raise Conflict("These purchases belong to another user")
        return purchases.QueuedResyncs(customers=1)


@pytest.fixture
async def service(rabbitmq_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Entitlement]:
    monkeypatch.setenv("OPERATOR_RABBITMQ_URL", rabbitmq_url)
    monkeypatch.setenv("OPERATOR_NAME", "jo")
    await declare(rabbitmq_url)
    made, answers = Entitlement(), Subscriptions()
    answers.answer(purchases.ReconcilePurchases, made.reconcile)
    answers.answer(purchases.ReplayPurchaseEvents, made.replay)
    answers.answer(purchases.LinkPurchases, made.link)
    bus = RabbitBus(rabbitmq_url, "entitlement")
    await bus.start()
    await bus.serve(answers)
    yield made
    await bus.close()


async def run(*words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["purchases", *words])
    return done.exit_code, done.output


async def test_one_user_or_everybody_is_read_again(service: Entitlement) -> None:
    assert await run("reconcile", "user_1") == (0, "3 customers will be read again\n")
    assert (await run("reconcile"))[0] == 0
    assert [(one.user_id, one.actor) for one in service.asked] == [("user_1", "jo"), (None, "jo")]


async def test_a_replay_goes_on_to_the_last_page(service: Entitlement) -> None:
    code, output = await run("replay", "all")
    assert (code, output) == (0, "200 events taken again, 14 customers to read\n")
    assert [one.after for one in service.asked] == [None, "e100"]
    assert (await run("replay", "E1"))[0] == 0
    assert service.asked[-1].event_id == "E1"
    assert (await run("replay", "--since", "2h"))[0] == 0


async def test_a_replay_of_everything_has_to_be_said(service: Entitlement) -> None:
    assert (await run("replay"))[0] == 2
    assert (await run("replay", "E1", "--since", "2h"))[0] == 2
    assert service.asked == []


async def test_a_link_needs_a_reason_and_may_be_refused(service: Entitlement) -> None:
    assert (await run("link", ANON, "user_1"))[0] == 2
    assert (await run("link", ANON, "user_1", "--reason", "Receipt shown"))[0] == 0
    assert (service.asked[0].reason, service.asked[0].actor) == ("Receipt shown", "jo")
    code, output = await run("link", ANON, "other", "--reason", "Receipt shown")
    assert (code, "another user" in output) == (1, True)
