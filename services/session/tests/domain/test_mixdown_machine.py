"""The job for an offline file, explored against a model that knows only what was told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from ab_session.domain.downloads import DownloadPermit, check_downloads, check_mixdown
from ab_session.domain.job import CANCELLED, REVIVE_AFTER
from ab_session.domain.mixdown import (
    MIXING_BUDGET,
    QUEUE_BUDGET,
    Mixdown,
    MixdownStage,
    cancel,
    fail,
    finish,
    new_mixdown,
    out_of_time,
    progressed,
    revive,
    snapshot,
    worth_telling,
)
from ab_shared.errors import Conflict, EntitlementRequired
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from session_memory.samples import mixdown_order

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def queued(attempt: int = 1) -> Mixdown:
    return new_mixdown(mixdown_order(), UUID(int=7), "user", "c" * 64, attempt=attempt, at=START)


class MixdownMachine(RuleBasedStateMachine):
    """Anything may be told at any time, also to a job that has ended."""

    @initialize()
    def begin(self) -> None:
        self.job = queued()
        self.now = START
        self.seen = [self.job]
        self.furthest = 0.0

    def _move(self, after: Mixdown) -> None:
        if not self.job.live:
            assert after is self.job
        shown = [snapshot(job).model_dump(exclude={"version"}) for job in (self.job, after)]
        assert (shown[0] != shown[1]) == (after.version == self.job.version + 1)
        self.job = after
        self.seen.append(after)

    @rule(seconds=st.floats(0.1, 300))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.floats(0.1, 5))
    def another_clock_is_behind(self, seconds: float) -> None:
        self.now -= timedelta(seconds=seconds)

    @rule(progress=st.floats(0, 1))
    def progress_is_told(self, progress: float) -> None:
        self._move(progressed(self.job, progress, self.now))

    @rule()
    def the_file_is_made(self) -> None:
        self._move(finish(self.job, self.now))

    @rule()
    def it_fails(self) -> None:
        self._move(fail(self.job, "A layer is gone", self.now))

    @rule()
    def its_owner_cancels(self) -> None:
        if self.job.live:
            self._move(cancel(self.job, self.now))
        else:
            with pytest.raises(Conflict):
                cancel(self.job, self.now)

    @rule()
    def it_is_looked_after(self) -> None:
        if self.job.live:
            after = revive(self.job, self.now)
            assert after.due_at > self.now or out_of_time(after, after.due_at)
            self.job = after

    @invariant()
    def progress_never_falls_and_ends_only_with_the_file(self) -> None:
        steps = [job.progress for job in self.seen]
        assert steps == sorted(steps)
        assert (self.job.progress == 1.0) == (self.job.stage is MixdownStage.READY)

    @invariant()
    def its_owner_sees_a_job_like_any_other(self) -> None:
        shown = snapshot(self.job)
        assert shown.type == "mixdown"
        ended = shown.status in {"completed", "failed"}
        assert ended == (not self.job.live) == (shown.finished_at is not None)
        assert (shown.error is not None) == (shown.status == "failed")
        assert (self.job.command is None) == ended
        assert all(spent >= 0 for spent in shown.stage_ms.values())


TestMixdownMachine = MixdownMachine.TestCase


def test_the_job_asks_under_its_own_id_and_every_attempt_has_another() -> None:
    first, second = queued(1), queued(2)
    assert first.id != second.id
    assert first.command is not None
    assert first.command.job_id == first.id


def test_a_cancelled_job_says_so() -> None:
    assert snapshot(cancel(queued(), START)).error == CANCELLED


def test_late_progress_changes_nothing() -> None:
    job = progressed(queued(), 0.5, START)
    assert job.stage is MixdownStage.MIXING
    assert progressed(job, 0.5, START) is job
    assert progressed(job, 0.2, START) is job


def test_a_worker_that_begins_anew_keeps_the_job_alive() -> None:
    job = progressed(queued(), 0.9, START)
    later = START + MIXING_BUDGET - timedelta(seconds=1)
    alive = progressed(job, 0.1, later)
    assert snapshot(alive) == snapshot(job)
    assert not out_of_time(alive, START + MIXING_BUDGET)
    assert alive.due_at == later + REVIVE_AFTER


def test_watchers_hear_of_steps_they_can_see() -> None:
    job = progressed(queued(), 0.5, START)
    assert worth_telling(queued(), job)
    assert not worth_telling(job, progressed(job, 0.501, START))
    assert worth_telling(job, progressed(job, 0.53, START))


def test_waiting_may_take_longer_than_mixing() -> None:
    waiting, mixing = queued(), progressed(queued(), 0.1, START)
    at = START + MIXING_BUDGET
    assert out_of_time(mixing, at)
    assert not out_of_time(waiting, at)
    assert out_of_time(waiting, START + QUEUE_BUDGET)
    assert waiting.due_at == START + REVIVE_AFTER


@pytest.mark.parametrize(
    ("permit", "minutes", "allowed"),
    [
        (DownloadPermit(downloads=False, minutes=None), 5, False),
        (DownloadPermit(downloads=True, minutes=None), 180, True),
        (DownloadPermit(downloads=True, minutes=60), 60, True),
        (DownloadPermit(downloads=True, minutes=60), 61, False),
    ],
)
def test_a_plan_says_how_long_a_file_may_be(
    permit: DownloadPermit, minutes: int, *, allowed: bool
) -> None:
    if allowed:
        check_mixdown(permit, minutes)
    else:
        with pytest.raises(EntitlementRequired):
            check_mixdown(permit, minutes)


def test_downloads_are_a_part_of_a_plan() -> None:
    check_downloads(DownloadPermit(downloads=True, minutes=0))
    with pytest.raises(EntitlementRequired):
        check_downloads(DownloadPermit(downloads=False, minutes=0))
