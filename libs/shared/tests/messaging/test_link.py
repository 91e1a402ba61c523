"""A connection outlives whatever setting it up runs into."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging import link as module
from ab_shared.messaging.link import Link

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
