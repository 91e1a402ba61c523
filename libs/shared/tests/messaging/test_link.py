"""A connection outlives whatever setting it up runs into."""

from __future__ import annotations

import asyncio
import gc
import sys
from typing import Any

import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging import link as module
from ab_shared.messaging.link import Link
from yarl import URL

pytestmark = pytest.mark.real
WAIT = 10.0


@pytest.mark.parametrize("failure", [asyncio.CancelledError(), LookupError(), OSError()])
async def test_whatever_breaks_a_set_up_it_is_tried_again(
    rabbit: Any, failure: BaseException
) -> None:
    failures = [failure]

    async def set_up(_link: Link) -> None:
        if failures:
            raise failures.pop()

    link = Link(rabbit.url("tts"), "tts.test.outgoing")
    link.register(set_up)
    await link.start(WAIT)
    assert link.up
    await link.close()


async def test_a_set_up_that_never_ends_is_an_outage(
    rabbit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def set_up(_link: Link) -> None:
        await asyncio.Event().wait()

    link = Link(rabbit.url("tts"), "tts.test.outgoing")
    await link.start(WAIT)
    monkeypatch.setattr(module, "SET_UP_SECONDS", 0.05)
    with pytest.raises(DependencyUnavailable):
        await link.add(set_up)
    await link.close()


class Mute:
    """A channel whose broker never answers."""

    async def set_qos(self, *, prefetch_count: int) -> None:
        assert prefetch_count
        await asyncio.Event().wait()


async def test_a_question_that_was_never_answered_ends_with_its_connection(
    rabbit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROBE_SECONDS", 0.05)
    again = asyncio.Event()
    link = Link(rabbit.url("tts"), "tts.test.outgoing")
    await link.start(WAIT)
    await link.probe()
    monkeypatch.setattr(link, "_own_channel", Mute())
    with pytest.raises(DependencyUnavailable, match="says nothing"):
        await link.probe()

    async def set_up(_link: Link) -> None:
        again.set()

    link.register(set_up)
    link._on_close()
    async with asyncio.timeout(WAIT):
        await again.wait()
        await link._up.wait()
    monkeypatch.setattr(module, "PROBE_SECONDS", WAIT)
    await link.probe()
    await link.close()


async def test_nothing_is_left_of_an_attempt_that_was_refused(
    rabbit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    gc.disable()
    try:
        link = Link(str(URL(rabbit.url("tts")).with_password("wrong")), "tts.test.outgoing")
        with pytest.raises(DependencyUnavailable):
            await link.start(2)
        del link
        # Memory is taken back by whichever thread is at work, and that one has no loop.
        await asyncio.to_thread(gc.collect)
    finally:
        gc.enable()
    assert left == []
