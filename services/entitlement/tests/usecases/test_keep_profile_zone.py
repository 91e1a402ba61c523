"""The zone of a profile is where a user's days are counted, unless a request says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_entitlement.domain.day import SETTLED_AFTER
from ab_entitlement.usecases.keep_profile_zone import KeepProfileZone
from ab_shared.contracts.profiles import UserUpdated

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CHANGED = "entitlement.changed.v1"


def told(zone: str, version: int) -> UserUpdated:
    return UserUpdated(user_id="user", timezone=zone, version=version, updated_at=NOW)


@pytest.fixture
def keep(memory_ledger: Any) -> KeepProfileZone:
    return KeepProfileZone(memory_ledger)


async def zone(ledger: Any, by_request: str | None, at: datetime = NOW) -> str | None:
    async with ledger.begin() as unit:
        found: str | None = await unit.zone("user", by_request, at)
        return found


async def test_it_counts_where_a_request_says_nothing(
    keep: KeepProfileZone, memory_ledger: Any
) -> None:
    assert await zone(memory_ledger, None) is None
    await keep(told("Asia/Tokyo", 1))
    assert await zone(memory_ledger, None) == "Asia/Tokyo"
    assert await memory_ledger.sent() == [CHANGED]


@pytest.mark.parametrize("nonsense", ["Mars/Olympus", "", "../etc/passwd"])
async def test_a_zone_that_is_none_does_not_hide_it(
    keep: KeepProfileZone, memory_ledger: Any, nonsense: str
) -> None:
    await keep(told("Asia/Tokyo", 1))
    assert await zone(memory_ledger, nonsense) == "Asia/Tokyo"


async def test_what_a_request_says_goes_before(keep: KeepProfileZone, memory_ledger: Any) -> None:
    await keep(told("Asia/Tokyo", 1))
    assert await zone(memory_ledger, "Europe/Berlin") == "Europe/Berlin"


async def test_moving_does_not_make_two_days_of_one(
    keep: KeepProfileZone, memory_ledger: Any
) -> None:
    assert await zone(memory_ledger, "Pacific/Pago_Pago") == "Pacific/Pago_Pago"
    await keep(told("Pacific/Kiritimati", 1))
    assert await zone(memory_ledger, None) == "Pacific/Pago_Pago"
    # It is not forgotten: it counts as soon as it may.
    assert await zone(memory_ledger, None, NOW + SETTLED_AFTER) == "Pacific/Kiritimati"


async def test_twice_and_late_news_change_nothing(
    keep: KeepProfileZone, memory_ledger: Any
) -> None:
    await keep(told("Asia/Tokyo", 2))
    await keep(told("Asia/Tokyo", 2))
    await keep(told("Europe/Berlin", 1))
    assert await zone(memory_ledger, None, NOW + timedelta(days=3)) == "Asia/Tokyo"
    assert await memory_ledger.sent() == [CHANGED]
