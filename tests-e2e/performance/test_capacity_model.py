"""The arithmetic of the capacity model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from performance.capacity import assumptions
from performance.capacity_model import (
    SECONDS,
    Measured,
    cores_at_peak,
    instances,
    month,
    sent_a_month,
    sessions_a_second,
    spoken_characters,
    stored_a_month,
)

HABITS, PRICES, SHAPE = assumptions()
MEASURED = Measured(
    lines=4,
    session_cpu={"tts": 2.0, "stitching": 1.0, "session": 0.1, "gateway": 0.05},
    request_cpu={"gateway": 0.002, "session": 0.001},
    characters=160,
    speech_bytes=800_000,
    prepared_bytes=600_000,
    track_bytes=1_000_000,
    row_bytes=20_000,
    offline_bytes_a_minute=1_440_000,
)
USERS = st.floats(1, 1e6)


def test_one_core_does_what_its_seconds_allow() -> None:
    assert sessions_a_second(MEASURED)["tts"] == 0.5
    for service, rate in sessions_a_second(MEASURED).items():
        assert rate * MEASURED.session_cpu[service] == pytest.approx(1)


@given(USERS, st.floats(1, 100))
def test_work_grows_with_users_and_instances_never_shrink(users: float, more: float) -> None:
    for service in SHAPE.memory_gb:
        few = cores_at_peak(MEASURED, HABITS, service, users)
        assert cores_at_peak(MEASURED, HABITS, service, users * more) == pytest.approx(few * more)
    before = instances(MEASURED, HABITS, SHAPE, users)
    after = instances(MEASURED, HABITS, SHAPE, users * more)
    assert all(after[name] >= number >= SHAPE.least for name, number in before.items())


@given(USERS)
def test_the_instances_bear_the_peak(users: float) -> None:
    for service, number in instances(MEASURED, HABITS, SHAPE, users).items():
        busy = cores_at_peak(MEASURED, HABITS, service, users) / number
        assert busy <= SHAPE.target * (1 + 1e-6)


def test_cores_by_hand() -> None:
    habits = replace(HABITS, known_share=0.5, peak_over_mean=1.0)
    tts = cores_at_peak(MEASURED, habits, "tts", SECONDS)
    assert tts == pytest.approx(habits.sessions_a_month * 0.5 * 2.0)
    asked = habits.evenings_a_month * habits.requests_an_evening * 0.002
    gateway = cores_at_peak(MEASURED, habits, "gateway", SECONDS)
    assert gateway == pytest.approx(habits.sessions_a_month * 0.05 + asked)


def test_bytes_by_hand() -> None:
    habits = replace(HABITS, sessions_a_month=2, known_share=0, pro_share=0, fetches_a_track=3)
    assert stored_a_month(MEASURED, habits) == 2 * (800_000 + 600_000 + 1_000_000 + 20_000)
    assert sent_a_month(MEASURED, habits) == 2 * 3 * 1_000_000
    pro = replace(habits, pro_share=1, offline_files_a_month=1, offline_minutes=10)
    assert sent_a_month(MEASURED, pro) - sent_a_month(MEASURED, habits) == 14_400_000


def test_each_line_is_paid_for_twice_and_known_ones_are_not() -> None:
    habits = replace(HABITS, sessions_a_month=1, known_share=0)
    assert spoken_characters(MEASURED, habits) == 320
    assert spoken_characters(MEASURED, replace(habits, known_share=1)) == 0


@given(USERS, st.floats(0, 1000))
def test_a_vendor_costs_its_characters_and_nothing_else(users: float, dollars: float) -> None:
    own = month(MEASURED, HABITS, PRICES, SHAPE, users)
    bought = month(MEASURED, HABITS, PRICES, SHAPE, users, dollars_a_million=dollars)
    paid = users * spoken_characters(MEASURED, HABITS) / 1e6 * dollars
    assert bought["total"] - own["total"] == pytest.approx(paid, abs=1e-3)
    parts = sum(value for name, value in own.items() if name not in {"total", "per_1000_users"})
    assert own["total"] == pytest.approx(parts)
    assert own["per_1000_users"] * users / 1000 == pytest.approx(own["total"])


def test_every_assumption_names_its_source_and_day() -> None:
    assert PRICES.core_hour > 0
    assert 0 <= HABITS.known_share <= 1
    assert 0 < SHAPE.target <= 1
