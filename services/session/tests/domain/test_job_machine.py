"""The job explored against a model that knows only what exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from ab_session.domain.job import (
    BUDGET,
    CANCELLED,
    MAX_REMAKES,
    REVIVE_AFTER,
    Job,
    Made,
    Stage,
    advance,
    cancel,
    fail,
    new_job,
    out_of_time,
    remake,
    requeue,
    revive,
    snapshot,
    worth_telling,
)
from ab_session.domain.plan import make_plan
from ab_session.domain.sounds import Found
from ab_shared.errors import Conflict
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from session_memory.studio import recipe

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
ORDER = [Stage.QUEUED, Stage.SPEAKING, Stage.PREPARING, Stage.MERGING, Stage.READY]
STEMS = ("alpha_10hz_400", "babbling-brook")


def queued(lines: int = 2) -> Job:
    texts = [f"I am line number {n} here." for n in range(lines)]
    plan = make_plan(b"key", texts, recipe(), STEMS)
    return new_job(plan, UUID(int=1), "user", attempt=1, holds_generation=True, at=START)


class JobMachine(RuleBasedStateMachine):
    """``spoken``, ``prepared``, ``track`` and ``stems`` are the truth; the job must follow it."""

    @initialize(lines=st.integers(1, 50))
    def begin(self, lines: int) -> None:
        self.job = queued(lines)
        self.reads = 2 * lines
        self.now = START
        self.spoken = self.prepared = 0
        self.track = self.stems = False
        self.ended: Stage | None = None
        self.made = 0
        self.seen = [self.job]

    @property
    def found(self) -> Found:
        return Found(
            max(self.spoken, self.prepared), self.prepared, track=self.track, stems=self.stems
        )

    def take(self, job: Job) -> None:
        self.job = job
        self.seen.append(job)

    @rule(seconds=st.integers(-3, 90))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(more=st.integers(0, 30), took=st.integers(0, 5000))
    def reads_are_spoken(self, more: int, took: int) -> None:
        self.spoken = min(self.reads, self.spoken + more)
        self.look(made=Made(spoken=1) if more else None, took=timedelta(milliseconds=took))

    @rule(more=st.integers(0, 30))
    def reads_are_prepared(self, more: int) -> None:
        self.prepared = min(self.reads, self.prepared + more)
        self.look()

    @rule(fewer=st.integers(1, 30))
    def reads_get_lost(self, fewer: int) -> None:
        self.prepared = max(0, self.prepared - fewer)
        self.spoken = max(0, self.spoken - fewer)
        self.look()

    @precondition(lambda self: self.job.rendering)
    @rule()
    def the_track_fails_for_lost_reads(self) -> None:
        remakes = self.job.remakes
        self.take(remake(self.job, self.now))
        if self.ended is None and remakes == MAX_REMAKES:
            self.ended = Stage.FAILED
        if self.ended is None:
            assert not self.job.rendering
            assert self.job.remakes == remakes + 1 <= MAX_REMAKES

    @rule()
    def the_track_is_rendered(self) -> None:
        self.track = True
        self.look()

    @rule()
    def the_stems_are_published(self) -> None:
        self.stems = True
        self.look()

    def look(self, made: Made | None = None, took: timedelta = timedelta(0)) -> None:
        before = self.job
        self.take(advance(before, self.found, self.now, made=made, took=took))
        if self.ended is None and self.track and self.stems:
            self.ended = Stage.READY
        again = advance(self.job, self.found, self.now)
        assert again is self.job, "a second look changes nothing"

    @rule()
    def a_line_fails(self) -> None:
        self.take(fail(self.job, "Line 1: no", self.now))
        self.ended = self.ended or Stage.FAILED

    @rule()
    def its_owner_cancels(self) -> None:
        if self.ended is not None:
            with pytest.raises(Conflict):
                cancel(self.job, self.now)
            return
        self.take(cancel(self.job, self.now))
        self.ended = Stage.CANCELLED

    @precondition(lambda self: self.job.live)
    @rule()
    def it_is_revived(self) -> None:
        revived = revive(self.job, self.now)
        assert revived.version == self.job.version
        assert revived.due_at <= self.job.moved_at + BUDGET
        self.take(revived)

    @rule()
    def somebody_requeues_it(self) -> None:
        if self.ended is Stage.READY:
            with pytest.raises(Conflict):
                requeue(self.job, self.now)
            return
        before, again = self.job, requeue(self.job, self.now)
        assert (again.revivals, again.due_at) == (0, again.moved_at + REVIVE_AFTER)
        if self.ended is None:
            assert snapshot(again) == snapshot(before)
            self.take(again)
            return
        assert (again.version, again.holds_generation) == (before.version + 1, False)
        # Another attempt under the same id: what was seen of the last one binds it no more.
        self.ended, self.seen = None, []
        self.take(again)
        self.look()

    @invariant()
    def it_ends_as_the_model_does(self) -> None:
        if self.ended is not None:
            assert self.job.stage is self.ended
            assert not self.job.live
            assert self.job.finished_at is not None
        else:
            assert self.job.live
            assert self.job.finished_at is None
            assert self.job.stage is not Stage.READY

    @invariant()
    def what_was_seen_only_goes_forward(self) -> None:
        before, after = self.seen[-2:] if len(self.seen) > 1 else (self.job, self.job)
        assert after.progress >= before.progress
        assert after.version >= before.version
        if before.live and after.stage in ORDER:
            assert ORDER.index(after.stage) >= ORDER.index(before.stage)
        if not before.live:
            assert after is before
        assert after.stage_since >= before.stage_since
        if snapshot(before) != snapshot(after):
            assert after.version == before.version + 1

    @invariant()
    def its_snapshot_is_sound(self) -> None:
        shown = snapshot(self.job)
        assert 0 <= shown.progress <= 1
        assert (shown.progress == 1) == (shown.status == "completed")
        assert all(ms >= 0 for ms in shown.stage_ms.values())
        assert all(count >= 0 for count in shown.counts.values())
        assert shown.counts["reads"] == self.reads
        if shown.started_at is not None:
            assert shown.created_at <= shown.started_at
        if shown.finished_at is not None and shown.started_at is not None:
            assert shown.started_at <= shown.finished_at
        if shown.stage == "cancelled":
            assert (shown.status, shown.error) == ("failed", CANCELLED)

    @invariant()
    def a_live_job_is_where_its_sounds_are(self) -> None:
        if not self.job.live:
            return
        reached = max(self.found.spoken == self.reads, 2 * (self.prepared == self.reads))
        least = [Stage.QUEUED, Stage.PREPARING, Stage.MERGING][reached]
        looked = self.seen[-1] is self.job
        if looked and self.job.remakes == 0:
            assert ORDER.index(self.job.stage) >= ORDER.index(least)


TestJobMachine = JobMachine.TestCase


def test_a_job_starts_when_its_first_work_did() -> None:
    later = START + timedelta(seconds=5)
    job = advance(queued(), Found(spoken=1), later, made=Made(spoken=1), took=timedelta(seconds=2))
    assert job.stage is Stage.SPEAKING
    assert job.started_at == START + timedelta(seconds=3)
    assert job.stage_ms == {"queued": 3000}
    done = advance(job, Found(4, 4, track=True, stems=True), later + timedelta(seconds=1))
    assert done.stage_ms == {"queued": 3000, "speaking": 3000}


def test_progress_follows_the_spans_of_the_stages() -> None:
    half = advance(queued(), Found(spoken=2, prepared=1), START)
    assert half.progress == pytest.approx(0.3)
    preparing = advance(half, Found(spoken=4, prepared=2), START)
    assert preparing.progress == pytest.approx(0.725)
    merging = advance(preparing, Found(spoken=4, prepared=4), START)
    assert (merging.stage, merging.rendering) == (Stage.MERGING, True)
    assert merging.progress == pytest.approx(0.85)


def test_watchers_hear_of_stages_and_visible_steps_only() -> None:
    job = advance(queued(50), Found(spoken=1), START)
    assert worth_telling(queued(50), job)
    assert not worth_telling(job, advance(job, Found(spoken=2), START))
    assert worth_telling(job, advance(job, Found(spoken=5), START))


def test_a_reused_read_is_one_that_nothing_was_made_for() -> None:
    job = advance(queued(), Found(4, 2), START)
    job = advance(job, Found(4, 4), START, made=Made(prepared=2))
    assert snapshot(job).counts == {
        "reads": 4,
        "spoken": 0,
        "prepared": 2,
        "reused": 2,
        "tracks": 0,
    }


def test_a_job_is_due_ever_more_rarely_and_then_out_of_time() -> None:
    job = queued()
    dues = []
    while not out_of_time(job, job.due_at):
        dues.append((job.due_at - START) / timedelta(seconds=1))
        job = revive(job, job.due_at)
    assert dues == [60, 180, 420]
    assert job.due_at == START + BUDGET
    moved = advance(job, Found(spoken=1), job.due_at)
    assert (moved.revivals, moved.due_at) == (0, job.due_at + REVIVE_AFTER)


def test_a_clock_that_runs_behind_counts_nothing() -> None:
    job = replace(queued(), stage=Stage.SPEAKING)
    ended = fail(job, "no", START - timedelta(seconds=9))
    assert ended.stage_ms == {"speaking": 0}
    assert ended.finished_at == START
