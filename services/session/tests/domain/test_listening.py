"""Clocks of phones, what is kept of metadata, and counting that no order can change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from ab_session.domain.listening.clocks import AHEAD, ON_ITS_WAY, corrected, skew, zone_named
from ab_session.domain.listening.details import KNOWN, LONGEST_MS, kept_details
from ab_session.domain.listening.events import KEPT, Listened
from ab_session.domain.listening.tallies import tally
from ab_shared.contracts.listening import EVENT_TYPES
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ANY_TIME = st.datetimes(timezones=st.just(UTC))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
events = st.builds(
    Listened,
    user_id=st.just("user"),
    client_event_id=st.uuids().map(str),
    session_id=st.integers(1, 2).map(lambda number: UUID(int=number)),
    event_type=st.sampled_from(sorted(EVENT_TYPES)),
    occurred_at=st.integers(-200_000, 0).map(lambda s: NOW + timedelta(seconds=s)),
    received_at=st.just(NOW),
    local_hour=st.integers(0, 23),
    details=st.sampled_from([{}, {"listenedMs": 10}, {"listenedMs": 90_000}]),
)


@given(ANY_TIME, ANY_TIME)
def test_no_kept_event_is_ahead_or_older_than_events_are_kept(
    told: datetime, sent: datetime
) -> None:
    at, reason = corrected(told, skew(sent, NOW), NOW, KEPT)
    assert reason is not None or NOW - KEPT <= at <= NOW


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6))
def test_a_clock_that_is_wrong_by_the_same_all_the_time_does_no_harm(off: int, ago: int) -> None:
    wrong, happened = timedelta(seconds=off), NOW - timedelta(seconds=ago)
    at, reason = corrected(happened + wrong, skew(NOW + wrong, NOW), NOW, KEPT)
    assert reason is None
    assert abs(at - happened) <= ON_ITS_WAY


def test_what_the_network_takes_is_no_skew() -> None:
    assert skew(NOW - timedelta(seconds=59), NOW) == timedelta()
    assert skew(None, NOW) == timedelta()
    assert corrected(NOW + AHEAD, timedelta(), NOW, KEPT) == (NOW, None)


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd", "x" * 500, "\x00"])
def test_a_zone_nobody_knows_is_the_one_kept(name: str | None) -> None:
    assert zone_named(name, "Asia/Tokyo").key == "Asia/Tokyo"
    assert zone_named(name, "Mars/Olympus").key == "UTC"


@given(st.dictionaries(st.sampled_from([*KNOWN, "note"]), JSON))
def test_whatever_is_told_only_known_keys_with_sane_values_are_kept(
    told: dict[str, object],
) -> None:
    kept = kept_details(told)
    assert kept.keys() <= {name for name, _ in KNOWN.values()}
    # It can be stored as JSON, is small, and is itself kept as it is.
    assert len(json.dumps(kept, allow_nan=False)) < 400
    assert kept_details(kept) == kept
    assert 0 <= kept.get("listenedMs", 0) <= LONGEST_MS


def test_metadata_of_an_app() -> None:
    told = {
        "listenedSec": 42.5,
        "positionMs": 1000,
        "mix": {"affirmations": 1, "binaural": 0.123456, "other": 1},
        "backgroundId": "ocean",
        "slot": "tonight",
        "offline": True,
        "affirmationIndex": 3,
        "mood": "my own words",
    }
    assert kept_details(told) == {
        "listenedMs": 42500,
        "positionMs": 1000,
        "mix": {"affirmations": 1.0, "binaural": 0.1235},
        "backgroundId": "distant-ocean",
        "slot": "tonight",
        "offline": True,
        "lineIndex": 3,
    }


@given(st.lists(events, max_size=12, unique_by=lambda e: e.client_event_id), st.randoms())
def test_counts_do_not_depend_on_order(told: list[Listened], dice: Random) -> None:
    mixed = list(told)
    dice.shuffle(mixed)
    counted = tally(told, NOW.date())
    assert tally(mixed, NOW.date()) == counted
    assert sum(t.starts for t in counted) == sum(e.event_type == "start" for e in told)
    assert all(t.early_abandons <= t.abandons for t in counted)
