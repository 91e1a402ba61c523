"""Moderation over real HTTP, by the vendor's own client, with everything that can go wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from ab_session.adapters.openai_moderator import MAX_AT_ONCE, MAX_TEXTS, OpenAIModerator
from ab_session.adapters.openai_writer import open_client
from ab_session.domain.moderation.verdict import (
    Verdict,
    approved,
    rejected,
    uncertain,
)
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.breaker import Limits
from ab_shared.testing.clock import FakeClock
from simulators.openai_app import OpenAi
from simulators.running import serving

KEY = "sk-made-up"
SECONDS = 2.0
CALM = "I breathe with ease."


@dataclass
class Far:
    """The moderator, the vendor behind it, and its clock."""

    vendor: OpenAi
    moderator: OpenAIModerator
    clock: FakeClock

    def fail(self, kind: str, **more: Any) -> None:
        self.vendor.vendor.faults.add(kind, "moderation", **more)

    async def judge(self, *texts: str) -> tuple[Verdict, ...]:
        return await self.moderator.judge(texts)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.vendor.vendor.calls


def arrived(far: Far, times: int) -> None:
    """Returns when so many questions have reached the vendor."""
    for _ in range(500):
        if len(far.calls) >= times:
            return
        time.sleep(0.002)


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    vendor, clock = OpenAi(KEY), FakeClock()
    with serving(vendor.app()) as url:
        async with open_client(KEY, f"{url}/v1", SECONDS) as client:
            moderator = OpenAIModerator(
                client,
                "omni-moderation-latest",
                SECONDS,
                0.6,
                limits=Limits(failures=3, rest_seconds=10),
                clock=lambda: clock().timestamp(),
            )
            yield Far(vendor, moderator, clock)


async def test_each_text_has_its_verdict(far: Far) -> None:
    found = await far.judge(
        *(CALM, "a zorblax", "a zorbish", "tonight zornight", "a zorling", "a zornew"),
        "a zorquake that is a zornight",
    )
    assert found == (
        approved("openai"),
        rejected("openai", "harassment"),
        uncertain("openai", "harassment"),
        # A doubt about these two is never left open, however small the score.
        rejected("openai", "self_harm"),
        rejected("openai", "sexual_minors"),
        # What the vendor has a new name for is looked at by a person.
        uncertain("openai", "other"),
        rejected("openai", "self_harm"),
    )
    assert len(far.calls) == 1
    assert far.calls[0]["model"] == "omni-moderation-latest"


async def test_many_texts_are_a_few_questions_in_their_order(far: Far) -> None:
    texts = [f"I count to {number}." for number in range(MAX_TEXTS * 2)] + ["a zorblax"]
    found = await far.judge(*texts)
    assert len(found) == len(texts)
    assert [one.status.value for one in found[-2:]] == ["approved", "rejected"]
    assert far.vendor.moderation.texts() == texts
    assert [len(call["input"]) for call in far.calls] == [MAX_TEXTS, MAX_TEXTS, 1]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "busy"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "status", "status": 400},
        {"kind": "cut"},
        {"kind": "torn"},
        {"kind": "empty"},
        {"kind": "html", "status": 200},
        {"kind": "html", "status": 502},
        {"kind": "huge"},
        {"kind": "hang"},
        {"kind": "delay", "seconds": 5.0},
    ],
    ids=lambda fault: " ".join(str(value) for value in fault.values()),
)
async def test_whatever_goes_wrong_is_never_an_approval(far: Far, fault: dict[str, Any]) -> None:
    far.fail(**fault)
    async with asyncio.timeout(SECONDS * 4):
        with pytest.raises(DependencyUnavailable):
            await far.judge(CALM)
    # Asked once: the client tries nothing by itself.
    assert len(far.calls) == 1
    assert await far.judge(CALM) == (approved("openai"),)


async def test_a_missing_verdict_makes_all_of_them_void(far: Far) -> None:
    far.vendor.moderation.lost = 1
    with pytest.raises(DependencyUnavailable):
        await far.judge(CALM, "a zorblax")


async def test_a_key_that_is_not_believed_is_no_approval(far: Far) -> None:
    far.vendor.vendor.api_key = "sk-another"
    with pytest.raises(DependencyUnavailable):
        await far.judge(CALM)


async def test_a_vendor_that_keeps_failing_is_left_alone_and_tried_again(far: Far) -> None:
    far.fail("status", times=3)
    for _ in range(5):
        with pytest.raises(DependencyUnavailable):
            await far.judge(CALM)
    assert len(far.calls) == 3
    far.clock.advance(11)
    assert await far.judge(CALM) == (approved("openai"),)
    assert len(far.calls) == 4


async def test_as_long_as_a_429_asks_it_is_left_alone(far: Far) -> None:
    far.fail("busy", times=3, retry_after="60")
    for _ in range(3):
        with pytest.raises(DependencyUnavailable):
            await far.judge(CALM)
    far.clock.advance(30)
    with pytest.raises(DependencyUnavailable):
        await far.judge(CALM)
    far.clock.advance(31)
    assert await far.judge(CALM) == (approved("openai"),)


async def test_only_so_many_questions_are_open_at_once(far: Far) -> None:
    far.fail("delay", times=MAX_AT_ONCE, seconds=0.3)
    waiting = [asyncio.create_task(far.judge(CALM)) for _ in range(MAX_AT_ONCE + 4)]
    done = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in done if isinstance(one, DependencyUnavailable)]
    assert len(refused) == 4
    assert len(far.calls) == MAX_AT_ONCE


async def test_whoever_leaves_tells_nothing_about_the_vendor(far: Far) -> None:
    for times in range(5):
        far.fail("hang")
        waiting = asyncio.create_task(far.judge(CALM))
        # As soon as it is under way, and long before the deadline.
        await asyncio.sleep(0)
        await asyncio.to_thread(arrived, far, times + 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await far.judge(CALM) == (approved("openai"),)
