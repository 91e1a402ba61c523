"""Days in a row where the listener was: clocks that change, flights, phones a year off."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from ab_session.domain.streaks import Moment, Streaks, streaks
from hypothesis import given
from hypothesis import strategies as st

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
TOKYO, SYDNEY = ZoneInfo("Asia/Tokyo"), ZoneInfo("Australia/Sydney")
LOS_ANGELES, KIRITIMATI = ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Kiritimati")
ZONES = st.sampled_from(
    [BERLIN, NEW_YORK, TOKYO, SYDNEY, LOS_ANGELES, KIRITIMATI, ZoneInfo("Asia/Kathmandu")]
)
SECONDS = st.integers(1735689600, 1798761600)
INSTANTS = SECONDS.map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
MOMENTS = st.lists(st.builds(Moment, INSTANTS, ZONES), max_size=30)


def at(zone: ZoneInfo, text: str) -> Moment:
    return Moment(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC), zone)


def plainly(days: set[date], today: date) -> Streaks:
    """The same by counting dates, where nobody travels."""
    rows: list[list[date]] = []
    for day in sorted(days):
        if rows and day - rows[-1][-1] == timedelta(days=1):
            rows[-1].append(day)
        else:
            rows.append([day])
    if not rows:
        return Streaks()
    last = rows[-1]
    follows = today - last[-1] <= timedelta(days=1)
    return Streaks(len(last) if follows else 0, max(map(len, rows)), last[-1])


@given(st.lists(INSTANTS, max_size=40), ZONES, INSTANTS)
def test_in_one_zone_it_counts_dates(times: list[datetime], zone: ZoneInfo, now: datetime) -> None:
    found = streaks([Moment(one, zone) for one in times], Moment(now, zone))
    days = {one.astimezone(zone).date() for one in times if one <= now}
    assert found == plainly(days, now.astimezone(zone).date())


@given(MOMENTS, st.builds(Moment, INSTANTS, ZONES), st.randoms())
def test_order_and_repetition_change_nothing(
    moments: list[Moment], now: Moment, rng: Random
) -> None:
    found = streaks(moments, now)
    shuffled = moments * 2
    rng.shuffle(shuffled)
    assert streaks(shuffled, now) == found
    assert 0 <= found.current <= found.longest <= len(moments)


@given(MOMENTS, st.builds(Moment, INSTANTS, ZONES))
def test_what_is_still_to_come_counts_for_nothing(moments: list[Moment], now: Moment) -> None:
    ahead = Moment(now.at + timedelta(days=366), now.zone)
    assert streaks([*moments, ahead], now) == streaks(moments, now)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, SYDNEY])
@pytest.mark.parametrize("hour", ["00:30", "02:30", "23:30"])
def test_a_year_of_days_holds_through_both_changes_of_the_clock(zone: ZoneInfo, hour: str) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    moments = [at(zone, f"{day}T{hour}") for day in days]
    assert streaks(moments, moments[-1]) == Streaks(365, 365, date(2026, 12, 31))


def test_a_missed_day_ends_it_in_the_night_of_the_change_too() -> None:
    # 29 March 2026 has 23 hours in Berlin.
    moments = [at(BERLIN, "2026-03-28T23:50"), at(BERLIN, "2026-03-30T00:10")]
    assert streaks(moments, moments[-1]) == Streaks(1, 1, date(2026, 3, 30))


def test_a_flight_that_skips_a_date_breaks_nothing() -> None:
    moments = [at(LOS_ANGELES, "2026-05-04T20:00"), at(SYDNEY, "2026-05-06T08:00")]
    assert streaks(moments, moments[-1]) == Streaks(2, 2, date(2026, 5, 6))


def test_a_flight_that_meets_a_date_twice_counts_it_once() -> None:
    moments = [at(TOKYO, "2026-05-05T09:00"), at(LOS_ANGELES, "2026-05-05T08:00")]
    assert streaks(moments, moments[-1]) == Streaks(1, 1, date(2026, 5, 5))


def test_evenings_stay_evenings_when_looked_at_from_elsewhere() -> None:
    # Seen from Los Angeles these two lie on one date.
    moments = [at(TOKYO, "2026-05-05T23:00"), at(TOKYO, "2026-05-06T08:00")]
    now = at(LOS_ANGELES, "2026-05-05T20:00")
    assert streaks(moments, now) == Streaks(2, 2, date(2026, 5, 6))


def test_it_lasts_through_the_day_after_and_no_longer() -> None:
    done = [at(BERLIN, "2026-05-05T08:00")]
    assert streaks(done, at(BERLIN, "2026-05-06T23:59")).current == 1
    assert streaks(done, at(BERLIN, "2026-05-07T00:00")) == Streaks(0, 1, date(2026, 5, 5))


def test_nobody_has_none() -> None:
    assert streaks([], at(BERLIN, "2026-05-06T23:59")) == Streaks()
