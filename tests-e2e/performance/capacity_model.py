"""From measured numbers, habits and prices to cores, bytes and dollars: arithmetic only.

Work is cores times seconds: a service that needs ``c`` seconds of a core for each of ``r`` sessions
a second keeps ``r c`` cores busy (the law of utilisation, U = X S).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

HOURS = 730.0
"""Of a month."""
SECONDS = HOURS * 3600
GB = 1e9
READS_A_LINE = 2
"""Each line is spoken twice: product rule 3."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one session of ``lines`` new lines, and of one request of an app that looks around.

    Seconds of a core by service; bytes as they lie in the store.
    """

    lines: int
    session_cpu: Mapping[str, float]
    request_cpu: Mapping[str, float]
    characters: float
    speech_bytes: float
    prepared_bytes: float
    track_bytes: float
    row_bytes: float
    offline_bytes_a_minute: float


@dataclass(frozen=True, slots=True)
class Habits:
    """What users do, guessed; the names say what."""

    sessions_a_month: float
    evenings_a_month: float
    requests_an_evening: float
    fetches_a_track: float
    known_share: float
    pro_share: float
    offline_files_a_month: float
    offline_minutes: float
    peak_over_mean: float
    months_kept: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars."""

    core_hour: float
    memory_gb_hour: float
    storage_gb_month: float
    egress_gb: float
    servers_month: float


@dataclass(frozen=True, slots=True)
class Shape:
    """How the services are laid out: ``target`` busy at the peak, ``least`` instances of each."""

    target: float
    least: int
    memory_gb: Mapping[str, float]


# What is done again for lines that somebody has had spoken before.
SPEAKING = frozenset({"tts"})


def sessions_a_second(measured: Measured) -> dict[str, float]:
    """New sessions a second that one core of each service serves."""
    return {name: 1 / cpu for name, cpu in measured.session_cpu.items() if cpu > 0}


def stored_a_month(measured: Measured, habits: Habits) -> float:
    """Bytes that one user adds a month: speech and prepared reads of new lines, tracks, rows."""
    fresh = 1 - habits.known_share
    reads = fresh * (measured.speech_bytes + measured.prepared_bytes)
    session = reads + measured.track_bytes + measured.row_bytes
    return habits.sessions_a_month * session + _offline(measured, habits)


def sent_a_month(measured: Measured, habits: Habits) -> float:
    """Bytes that one user fetches a month; stems are in the app."""
    tracks = habits.sessions_a_month * habits.fetches_a_track * measured.track_bytes
    return tracks + _offline(measured, habits)


def _offline(measured: Measured, habits: Habits) -> float:
    minutes = habits.pro_share * habits.offline_files_a_month * habits.offline_minutes
    return minutes * measured.offline_bytes_a_minute


def cores_at_peak(measured: Measured, habits: Habits, service: str, users: float) -> float:
    """Cores of a service that ``users`` keep busy in the busiest hour."""
    fresh = 1 - habits.known_share if service in SPEAKING else 1.0
    session = habits.sessions_a_month * fresh * measured.session_cpu.get(service, 0.0)
    requests = habits.evenings_a_month * habits.requests_an_evening
    asking = requests * measured.request_cpu.get(service, 0.0)
    return users * (session + asking) / SECONDS * habits.peak_over_mean


def instances(measured: Measured, habits: Habits, shape: Shape, users: float) -> dict[str, int]:
    """Processes of each service for so many users, one core each."""
    return {
        service: max(
            shape.least,
            math.ceil(cores_at_peak(measured, habits, service, users) / shape.target - 1e-9),
        )
        for service in shape.memory_gb
    }


def spoken_characters(measured: Measured, habits: Habits) -> float:
    """Characters that a vendor is paid for, of one user a month."""
    fresh = 1 - habits.known_share
    return habits.sessions_a_month * fresh * measured.characters * READS_A_LINE


def month(
    measured: Measured,
    habits: Habits,
    prices: Prices,
    shape: Shape,
    users: float,
    *,
    dollars_a_million: float = 0.0,
) -> dict[str, float]:
    """Dollars a month for so many users, by what they are for; ``dollars_a_million`` characters."""
    there = instances(measured, habits, shape, users)
    hourly = sum(
        number * (prices.core_hour + shape.memory_gb[name] * prices.memory_gb_hour)
        for name, number in there.items()
    )
    stored = users * stored_a_month(measured, habits) * habits.months_kept / GB
    parts = {
        "compute": hourly * HOURS,
        "storage": stored * prices.storage_gb_month,
        "egress": users * sent_a_month(measured, habits) / GB * prices.egress_gb,
        "speech": users * spoken_characters(measured, habits) / 1e6 * dollars_a_million,
        "servers": prices.servers_month,
    }
    total = sum(parts.values())
    return {**parts, "total": total, "per_1000_users": total / users * 1000}
