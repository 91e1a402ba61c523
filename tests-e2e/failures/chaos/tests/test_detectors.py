"""Every number of a verdict can be other than 0: a planted defect of each kind is found."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_shared.storage.keys import prepared_key, speech_key
from failures.chaos.evidence import MEDIA, READS, SPEECH, Evidence, Stored
from failures.chaos.journal import Entry
from failures.chaos.listeners import Outcome
from failures.chaos.orders import make_orders
from failures.chaos.verdict import MUST_BE_NONE, passed, verdict

SPOKEN, PREPARED, TRACK, HASH = "a" * 64, "b" * 64, "c" * 64, "d" * 64
SESSION, JOB, USER = uuid4(), uuid4(), "user-1"
ASSET = {"key": f"tracks/{TRACK}/affirmations.m4a", "bytes": 9, "sha256": HASH}
ORDER = make_orders(1, 1, 1.0)[0]


def message(number: int, key: str, **data: Any) -> Entry:
    type_, _, version = key.rpartition(".v")
    envelope = {"id": f"m{number}", "type": type_, "version": int(version), "data": data}
    return Entry("outbox", None, {"envelope": json.dumps(envelope)})


def reservation(state: str, before: str | None = None) -> Entry:
    row = {"id": str(JOB), "user_id": USER}
    return Entry(
        "reservations", {**row, "state": before} if before else None, row | {"state": state}
    )


@pytest.fixture
def run() -> Evidence:
    """A run of one order in which all went well."""
    session = [
        message(1, "tts.synthesize.v1", speech_address=SPOKEN),
        message(2, "stitching.prepare.v1", prepared_address=PREPARED, speech_address=SPOKEN),
        message(3, "stitching.render.v1", track_address=TRACK),
        message(4, "session.generation_settled.v1", reservation_id=str(JOB), outcome="committed"),
    ]
    tts = [
        message(5, "tts.read_ready.v1", speech_address=SPOKEN),
        Entry("reads", {"speech_address": SPOKEN}, {"speech_address": SPOKEN, "speech_key": "k"}),
    ]
    stitching = [
        message(6, "stitching.read_prepared.v1", prepared_address=PREPARED),
        message(7, "stitching.track_rendered.v1", track_address=TRACK),
        Entry("tracks", None, {"track_address": TRACK}),
    ]
    job = {"id": str(JOB), "session_id": str(SESSION), "owner_user_id": USER, "stage": "ready"}
    return Evidence(
        outcomes=[Outcome(ORDER, "ready", "", frozenset({SESSION}), frozenset({JOB}))],
        spent={USER: 1},
        rows={
            "session.jobs": [job | {"holds_generation": True, "error": None, "revivals": 0}],
            "session.sessions": [
                {"id": str(SESSION), "owner_user_id": USER, "track_address": TRACK}
            ],
            "session.spoken": [{"speech_address": SPOKEN}],
            "session.prepared": [{"prepared_address": PREPARED}],
            "session.tracks": [{"track_address": TRACK, "asset": ASSET}],
            "tts.reads": [{"speech_address": SPOKEN, "speech_key": speech_key(SPOKEN)}],
            "stitching.prepared": [{"prepared_address": PREPARED}],
            "stitching.tracks": [{"track_address": TRACK, "announcement": {"asset": ASSET}}],
            "entitlement.reservations": [{"id": str(JOB), "user_id": USER, "state": "committed"}],
            "entitlement.ledger": [{"reservation_id": str(JOB), "amount": 1}],
        },
        journals={
            "session": session,
            "tts": tts,
            "stitching": stitching,
            "entitlement": [reservation("pending"), reservation("committed", "pending")],
        },
        heard={f"m{number}" for number in range(1, 8)},
        objects={
            SPEECH: {speech_key(SPOKEN): Stored(5, HASH)},
            READS: {prepared_key(PREPARED): Stored(5, HASH)},
            MEDIA: {str(ASSET["key"]): Stored(9, HASH)},
        },
    )


def counted(run: Evidence) -> dict[str, int]:
    """Which of the numbers that must be 0 are not."""
    counts, _ = verdict(run)
    assert passed(counts) is not any(counts[name] for name in MUST_BE_NONE)
    return {name: counts[name] for name in MUST_BE_NONE if counts[name]}


def test_a_good_run_passes(run: Evidence) -> None:
    counts, found = verdict(run)
    assert passed(counts)
    assert found == {}
    assert (counts["submitted"], counts["ready"], counts["failed_with_reason"]) == (1, 1, 0)
    assert counts["orphan_objects"] == counts["dead_letters"] == 0


class TestLostMessages:
    def test_committed_and_never_taken_in_by_the_broker(self, run: Evidence) -> None:
        run.heard.discard("m7")
        assert counted(run) == {"lost_messages": 1}

    def test_left_in_an_outbox(self, run: Evidence) -> None:
        run.unsent = 2
        assert counted(run) == {"lost_messages": 2}

    @pytest.mark.parametrize(
        "query", ["session.spoken", "session.prepared", "session.tracks", "stitching.prepared"]
    )
    def test_taken_in_without_an_effect(self, run: Evidence, query: str) -> None:
        run.rows[query] = []
        assert counted(run)["lost_messages"] == 1

    def test_a_refusal_is_an_effect(self, run: Evidence) -> None:
        run.rows["tts.reads"] = []
        run.journals["tts"] = [message(5, "tts.read_failed.v1", speech_address=SPOKEN)]
        assert "lost_messages" not in counted(run)

    def test_a_settlement_that_nobody_acted_on(self, run: Evidence) -> None:
        run.rows["entitlement.reservations"][0]["state"] = "pending"
        assert counted(run) == {"lost_messages": 1, "quota_drift": 1}

    def test_a_job_whose_reads_were_never_answered(self, run: Evidence) -> None:
        run.rows["session.job_reads"] = [{"job_id": str(JOB), "position": 0}]
        assert counted(run) == {"lost_messages": 1}


class TestStuck:
    def test_an_order_without_an_end(self, run: Evidence) -> None:
        run.outcomes[0] = replace(run.outcomes[0], end="stuck", reason="TimeoutError")
        assert counted(run) == {"stuck": 1}

    def test_a_job_that_is_live_at_the_end(self, run: Evidence) -> None:
        run.rows["session.jobs"][0]["stage"] = "merging"
        assert counted(run)["stuck"] == 1

    def test_a_job_that_failed_without_a_reason(self, run: Evidence) -> None:
        run.rows["session.jobs"][0]["stage"] = "failed"
        assert counted(run)["stuck"] == 1


class TestDoubleEffects:
    def test_a_read_spoken_twice(self, run: Evidence) -> None:
        run.journals["tts"].append(run.journals["tts"][-1])
        assert counted(run) == {"double_effects": 1}

    def test_a_track_kept_twice(self, run: Evidence) -> None:
        run.journals["stitching"].append(run.journals["stitching"][-1])
        assert counted(run) == {"double_effects": 1}

    def test_a_reservation_committed_twice(self, run: Evidence) -> None:
        run.journals["entitlement"] += [
            reservation("pending", "committed"),
            reservation("committed", "pending"),
        ]
        assert counted(run) == {"double_effects": 2}

    def test_two_sessions_of_one_draft(self, run: Evidence) -> None:
        sessions = frozenset({SESSION, UUID(int=7)})
        run.outcomes[0] = replace(run.outcomes[0], sessions=sessions)
        assert counted(run) == {"double_effects": 1}

    def test_a_session_that_nobody_was_told_of(self, run: Evidence) -> None:
        stray = {"id": str(uuid4()), "owner_user_id": USER, "track_address": None}
        run.rows["session.sessions"].append(stray)
        assert counted(run) == {"double_effects": 1}

    def test_two_finished_jobs_of_one_session(self, run: Evidence) -> None:
        again = run.rows["session.jobs"][0] | {"id": str(uuid4()), "holds_generation": False}
        run.rows["session.jobs"].append(again)
        assert counted(run) == {"double_effects": 1}


class TestQuotaDrift:
    def test_a_finished_job_that_was_given_back(self, run: Evidence) -> None:
        run.rows["session.jobs"][0]["stage"] = "cancelled"
        assert counted(run) == {"quota_drift": 1}

    def test_a_reservation_without_a_job(self, run: Evidence) -> None:
        stray = {"id": str(uuid4()), "user_id": "user-2", "state": "pending"}
        run.rows["entitlement.reservations"].append(stray)
        run.rows["entitlement.ledger"].append({"reservation_id": stray["id"], "amount": 1})
        assert counted(run) == {"quota_drift": 1}

    def test_a_ledger_that_does_not_add_up(self, run: Evidence) -> None:
        run.rows["entitlement.ledger"] *= 2
        assert counted(run) == {"quota_drift": 1}

    def test_a_user_who_is_told_otherwise(self, run: Evidence) -> None:
        run.spent[USER] = 2
        assert counted(run) == {"quota_drift": 1}


class TestObjects:
    @pytest.mark.parametrize("bucket", [SPEECH, READS])
    def test_an_object_that_is_not_there(self, run: Evidence, bucket: str) -> None:
        run.objects[bucket] = {}
        assert counted(run) == {"missing_objects": 1}

    def test_a_track_of_another_content(self, run: Evidence) -> None:
        run.objects[MEDIA] = {str(ASSET["key"]): Stored(9, "e" * 64)}
        assert counted(run) == {"missing_objects": 2}

    def test_an_empty_object(self, run: Evidence) -> None:
        run.objects[SPEECH] = {speech_key(SPOKEN): Stored(0, HASH)}
        assert counted(run) == {"missing_objects": 1}

    def test_a_session_whose_track_nobody_knows(self, run: Evidence) -> None:
        run.rows["session.sessions"][0]["track_address"] = "e" * 64
        assert counted(run) == {"missing_objects": 1}

    def test_an_object_that_nobody_names(self, run: Evidence) -> None:
        run.objects[SPEECH]["speech/zz/stray"] = Stored(3, HASH)
        counts, _ = verdict(run)
        assert counts["orphan_objects"] == 1
        assert passed(counts)


def test_dead_letters_are_counted(run: Evidence) -> None:
    run.waiting = {"tts.dead": 2, "session.dead": 1, "tts.synthesize": 0}
    assert verdict(run)[0]["dead_letters"] == 3
