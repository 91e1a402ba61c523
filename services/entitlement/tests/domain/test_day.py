"""Days and their ends, in UTC and where a user lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from ab_entitlement.domain.day import SETTLED_AFTER, day_of, next_day, zone_to_keep
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Santiago"]


def test_a_day_is_that_of_the_zone() -> None:
    assert day_of(NOW) == date(2026, 1, 5)
    assert day_of(NOW, "Europe/Berlin") == date(2026, 1, 6)
    assert day_of(NOW.astimezone(), None) == date(2026, 1, 5)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "x" * 500, "a\0b"])
def test_a_zone_nobody_knows_is_utc(zone: str) -> None:
    assert day_of(NOW, zone) == date(2026, 1, 5)
    assert zone_to_keep(None, None, zone, NOW) is None


def test_the_next_day_where_the_clocks_skip_midnight() -> None:
    # Chile went from 24:00 on 2 September 2023 straight to 01:00.
    before = datetime(2023, 9, 3, 3, 0, tzinfo=UTC)
    found = next_day(before, "America/Santiago")
    assert day_of(found, "America/Santiago") == date(2023, 9, 3)
    assert day_of(found - timedelta(seconds=1), "America/Santiago") == date(2023, 9, 2)


@given(st.integers(631152000, 4102444800), st.sampled_from(ZONES))
def test_the_next_day_is_the_first_instant_of_it(seconds: int, zone: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    found = next_day(now, zone)
    assert found > now
    assert day_of(found, zone) > day_of(now, zone)
    assert day_of(found - timedelta(seconds=1), zone) == day_of(now, zone)


def test_a_zone_changes_once_a_day_at_most() -> None:
    kept = zone_to_keep(None, None, "Europe/Berlin", NOW)
    assert kept == "Europe/Berlin"
    soon = NOW + SETTLED_AFTER - timedelta(seconds=1)
    assert zone_to_keep(kept, NOW, "Pacific/Kiritimati", soon) == kept
    assert zone_to_keep(kept, NOW, None, NOW + SETTLED_AFTER) == kept
    assert zone_to_keep(kept, NOW, "Asia/Tokyo", NOW + SETTLED_AFTER) == "Asia/Tokyo"
