"""What the database counts is what the rule counts, whatever comes in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID
from zlib import crc32

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.listening.events import Listened
from ab_session.domain.listening.tallies import tally
from ab_shared.contracts.listening import EVENT_TYPES
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase

pytestmark = pytest.mark.real
MIDNIGHT = datetime(2026, 3, 4, tzinfo=UTC)
SINCE = date(2026, 3, 4)


def dice(seed: int) -> Callable[[int], int]:
    """Throws that are the same for one seed: 0 to sides - 1."""
    thrown = count()
    return lambda sides: crc32(f"{seed} {next(thrown)}".encode()) % sides


def some_events(seed: int, number: int) -> list[Listened]:
    """Around midnight, where a start of yesterday makes an abandon of today an early one."""
    throw = dice(seed)
    kinds = [*EVENT_TYPES.values(), *(("start", "abandon") * 2)]
    details: list[dict[str, Any]] = [{}, {}, {"listenedMs": 89_999}, {"listenedMs": 90_000}]
    return [
        Listened(
            user_id="user",
            client_event_id=f"{name}",
            session_id=UUID(int=1 + throw(2)),
            event_type=EVENT_TYPES[kinds[throw(len(kinds))]],
            occurred_at=MIDNIGHT + timedelta(seconds=throw(600) - 300),
            received_at=MIDNIGHT + timedelta(hours=1),
            local_hour=23 * throw(2),
            details=details[throw(len(details))],
        )
        for name in range(number)
    ]


@pytest.fixture
async def store(database: NewDatabase) -> PostgresStore:
    made = await database("session")
    return PostgresStore(Transactions(made.engine, producer="session", relay=None))


async def tell(store: PostgresStore, events: list[Listened]) -> None:
    async with store.begin() as unit:
        await unit.listening.hold("user")
        await unit.listening.add(events)


@pytest.mark.parametrize("seed", range(6))
async def test_batches_in_any_order_count_like_the_rule(store: PostgresStore, seed: int) -> None:
    events, throw = some_events(seed, 60), dice(seed + 100)
    left = list(events)
    while left:
        size = 1 + throw(15)
        batch, left = left[:size], left[size:]
        await tell(store, batch)
        await tell(store, batch)
    async with store.begin() as unit:
        assert list(await unit.listening.tallies("user", SINCE)) == tally(events, SINCE)


async def test_phones_that_sync_at_once_lose_no_count(store: PostgresStore) -> None:
    events = some_events(9, 80)
    parts = [events[start::8] for start in range(8)]
    await asyncio.gather(*(tell(store, part) for part in [*parts, *parts]))
    async with store.begin() as unit:
        assert list(await unit.listening.tallies("user", SINCE)) == tally(events, SINCE)
