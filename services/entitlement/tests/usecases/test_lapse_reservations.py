"""Lapsed reservations are written down, once, and jobs that never came to be can be found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ab_entitlement.usecases.lapse_reservations import LapseReservations
from ab_entitlement.usecases.list_reservations import ListHeldReservations
from ab_entitlement.usecases.measure_drift import MeasureDrift
from ab_entitlement.usecases.reserve_generation import ReserveGeneration
from ab_entitlement.usecases.settle_generation import SettleGeneration
from ab_shared.contracts import rpc
from ab_shared.contracts.events import GenerationSettled
from ab_shared.contracts.usage import ListReservations
from ab_shared.testing.clock import FakeClock
from prometheus_client import REGISTRY


def asked(number: int) -> rpc.ReserveGeneration:
    return rpc.ReserveGeneration(reservation_id=UUID(int=number), user_id=f"user {number}")


async def test_what_expired_is_written_once_and_told(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    await ReserveGeneration(memory_ledger, book, clock)(asked(1))
    lapse = LapseReservations(memory_ledger, clock)
    assert await lapse() == 0
    clock.advance(3600)
    assert await lapse() == 1
    assert await lapse() == 0
    assert [entry.kind for entry in memory_ledger.entries] == ["reserve", "lapse"]
    assert await memory_ledger.sent() == ["entitlement.changed.v1"] * 2


async def test_a_commit_after_the_lapse_was_written_still_counts(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    await ReserveGeneration(memory_ledger, book, clock)(asked(1))
    clock.advance(3600)
    await LapseReservations(memory_ledger, clock)()
    done = GenerationSettled(reservation_id=UUID(int=1), user_id="user 1", outcome="committed")
    await SettleGeneration(memory_ledger, clock)(done)
    assert [entry.amount for entry in memory_ledger.entries] == [1, -1, 1]
    assert await MeasureDrift(memory_ledger, clock)() == 0


async def test_held_reservations_come_in_pages_oldest_first(
    memory_ledger: Any, book: Any, clock: FakeClock
) -> None:
    reserve = ReserveGeneration(memory_ledger, book, clock)
    for number in range(1, 6):
        await reserve(asked(number))
        clock.advance(1)
    listed, last = [], None
    before = clock() - timedelta(seconds=1)
    while True:
        wanted = ListReservations(reserved_before=before, after=last, limit=2)
        page = await ListHeldReservations(memory_ledger)(wanted)
        listed += [row.reservation_id.int for row in page.reservations]
        last = page.reservations[-1]
        if not page.has_more:
            break
    assert listed == [1, 2, 3, 4]


async def test_drift_is_measured(memory_ledger: Any, book: Any, clock: FakeClock) -> None:
    await ReserveGeneration(memory_ledger, book, clock)(asked(1))
    measure = MeasureDrift(memory_ledger, clock)
    assert await measure() == 0
    memory_ledger.entries.clear()
    assert await measure() == 1
    assert REGISTRY.get_sample_value("ab_quota_ledger_drift") == 1
    memory_ledger.reservations.clear()
    assert await measure() == 0
    assert REGISTRY.get_sample_value("ab_quota_ledger_drift") == 0
