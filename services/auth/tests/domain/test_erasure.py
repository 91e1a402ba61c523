"""The erasure as a state machine: reports in any order, twice, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from ab_auth.domain.erasure import (
    ALWAYS,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    asked_again,
    begin_erasure,
    reported,
    waits_for,
)
from ab_auth.domain.privacy_job import PrivacyRecord, proof_of
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY = b"k" * 32
Report = tuple[str, int]


def begun() -> PrivacyRecord:
    proof = proof_of(KEY, "user_1")
    return begin_erasure(UUID(int=1), "user_1", proof, by="user", own_counts={"users": 1}, at=AT)


def hear(record: PrivacyRecord, report: Report, parts: dict[str, int], count: int) -> PrivacyRecord:
    service, part = report
    told = parts if service == "session" else {}
    return reported(record, service, part, {"rows": count}, told, AT + timedelta(seconds=count))


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, int], list[Report]]:
    """What session says, and all reports there will be: shuffled, some of them more than once."""
    parts = {name: draw(st.integers(0, 4)) for name in ("tts", "stitching")}
    needed = [(name, 0) for name in ALWAYS]
    needed += [(name, part) for name, number in parts.items() for part in range(number)]
    again = draw(st.lists(st.sampled_from(needed), max_size=6))
    return parts, draw(st.permutations([*needed, *again]))


@given(histories())
def test_it_is_over_with_the_last_report_and_not_before(
    history: tuple[dict[str, int], list[Report]],
) -> None:
    parts, reports = history
    record, heard, needed = begun(), set[Report](), set(reports)
    for number, report in enumerate(reports, start=1):
        before = record
        record = hear(record, report, parts, number)
        news = report not in heard
        heard.add(report)
        assert record.live == (heard != needed)
        assert record.progress >= before.progress
        assert record.version == before.version + news
        assert (record is before) is not news
        assert (record.user_id is None) == (not record.live)
    assert (record.state, record.stage, record.progress) == ("completed", "ready", 1.0)
    assert waits_for(record) == ()
    assert record.proof == proof_of(KEY, "user_1")
    # A report after the end changes nothing, whatever it says.
    assert hear(record, ("tts", 9), {"tts": 99}, 1) is record


def test_the_first_count_of_a_part_stays() -> None:
    record = hear(begun(), ("entitlement", 0), {}, 5)
    # Erasing again finds nothing: that is not how much there was.
    assert hear(record, ("entitlement", 0), {}, 0) is record
    assert record.reports["entitlement"]["0"] == {"rows": 5}


def test_pauses_double_up_to_an_hour() -> None:
    record, pauses = begun(), []
    for _ in range(12):
        record = asked_again(record, AT)
        assert record.due_at is not None
        pauses.append(record.due_at - AT)
    assert pauses[0] == FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_a_proof_is_of_one_user_under_one_key() -> None:
    assert proof_of(KEY, "user_1") != proof_of(KEY, "user_2")
    assert proof_of(KEY, "user_1") != proof_of(b"other" * 8, "user_1")
    assert "user_1" not in proof_of(KEY, "user_1")
