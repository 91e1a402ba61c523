"""Settling: once per message, right in any order, on the day it was taken from."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import pytest
from ab_entitlement.domain.plans import plans_with
from ab_entitlement.domain.reservation import State
from ab_entitlement.usecases.get_entitlement import GetEntitlement
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import GenerationSettled
from ab_shared.errors import FreeLimitReached
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock

ID = UUID(int=1)
ASKED = rpc.ReserveGeneration(reservation_id=ID, user_id="user")


class Desk:
    """The three use cases over one ledger."""

    def __init__(self, ledger: Any, book: Any, clock: FakeClock) -> None:
        self.ledger = ledger
        self.reserve = ReserveGeneration(ledger, book, clock)
        self._get = GetEntitlement(ledger, book, clock)
        self._settle = SettleGeneration(ledger, clock)

    async def settle(self, outcome: str, message_id: str | None = None) -> None:
        event = GenerationSettled(reservation_id=ID, user_id="user", outcome=outcome)
        with bound(Context(message_id=message_id)):
            await self._settle(event)

    async def remaining(self) -> int | None:
        return (await self._get(rpc.GetEntitlement(user_id="user"))).remaining_today


@pytest.fixture
def desk(memory_ledger: Any, book: Any, clock: FakeClock) -> Desk:
    book.plans = plans_with(1)
    return Desk(memory_ledger, book, clock)


async def test_a_release_gives_back_and_a_commit_keeps(desk: Desk) -> None:
    await desk.reserve(ASKED)
    assert await desk.remaining() == 0
    await desk.settle("released")
    assert await desk.remaining() == 1
    await desk.reserve(ASKED)
    await desk.settle("committed")
    assert await desk.remaining() == 0


async def test_the_world_hears_when_what_remains_changed_and_only_then(desk: Desk) -> None:
    await desk.reserve(ASKED)
    await desk.settle("committed")
    assert await desk.ledger.sent() == ["entitlement.changed.v1"]
    await desk.settle("released")
    assert await desk.ledger.sent() == ["entitlement.changed.v1"]


async def test_a_redelivered_release_does_not_undo_the_next_reservation(desk: Desk) -> None:
    await desk.reserve(ASKED)
    await desk.settle("released", "m1")
    await desk.reserve(ASKED)
    await desk.settle("released", "m1")
    assert await desk.remaining() == 0


async def test_a_release_goes_back_to_its_own_day(desk: Desk, clock: FakeClock) -> None:
    await desk.reserve(ASKED)
    day = clock().date()
    clock.advance(13 * 3600)
    await desk.settle("released")
    assert desk.ledger.reservations[ID].day == day
    assert await desk.remaining() == 1


async def test_a_commit_after_the_hold_lapsed_counts(desk: Desk, clock: FakeClock) -> None:
    await desk.reserve(ASKED)
    clock.advance(3600)
    assert await desk.remaining() == 1
    await desk.settle("committed")
    assert await desk.remaining() == 0
    with pytest.raises(FreeLimitReached):
        await desk.reserve(ASKED.model_copy(update={"reservation_id": UUID(int=2)}))


async def test_a_reservation_nobody_made_is_left_alone(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="ab.entitlement"):
        await desk.settle("committed")
    assert desk.ledger.reservations == {}
    assert "nobody reserved" in caplog.text
    assert await desk.remaining() == 1


async def test_a_committed_one_answers_without_spending(desk: Desk) -> None:
    await desk.reserve(ASKED)
    await desk.settle("committed")
    assert (await desk.reserve(ASKED)).remaining_today == 0
    assert desk.ledger.reservations[ID].state is State.COMMITTED
