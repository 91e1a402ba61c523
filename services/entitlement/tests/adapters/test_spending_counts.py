"""Who pays is counted as everybody's own answer says, and nobody is named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from ab_entitlement.adapters.spending_counts import PostgresCounts
from ab_entitlement.usecases.tell_stats import TellStats
from ab_shared.contracts.desk_stats import GetSpendingStats
from ab_shared.database.transaction import Transactions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text

pytestmark = pytest.mark.real
RESERVED = text("""
    INSERT INTO reservations (id, user_id, day, state, reserved_at)
    VALUES (:id, :user_id, :day, :state, :at)
""")
GIVEN = text("""
    INSERT INTO subscriptions (user_id, source, expires_at, grace_until)
    VALUES (:user_id, :source, :until, :grace)
""")


async def test_today_s_generations_and_payers(
    database: NewDatabase, book: Any, clock: FakeClock
) -> None:
    engine = (await database("entitlement")).engine
    now, day = clock(), clock().date()
    rows = [("a", 0, "pending"), ("a", 0, "committed"), ("b", 0, "released"), ("c", 1, "committed")]
    given = [
        ("apple 1", "apple", 5, None),
        ("apple 2", "apple", -1, 3),
        ("old", "google", -9, None),
        ("friend", "internal", 100, None),
        ("past friend", "internal", -1, None),
    ]
    async with engine.begin() as connection:
        for user, age, state in rows:
            values = {"id": uuid4(), "user_id": user, "day": day - timedelta(days=age)}
            await connection.execute(RESERVED, {**values, "state": state, "at": now})
        for user, source, until, grace in given:
            values = {"user_id": user, "source": source, "until": now + timedelta(days=until)}
            late = None if grace is None else now + timedelta(days=grace)
            await connection.execute(GIVEN, {**values, "grace": late})
    counts = PostgresCounts(Transactions(engine, producer="entitlement", relay=None))
    stats = await TellStats(counts, book, clock)(GetSpendingStats())
    assert stats.generations_today == 2
    assert stats.payers == {"active": 1, "grace": 1, "expired": 1}
    assert stats.given == 1
