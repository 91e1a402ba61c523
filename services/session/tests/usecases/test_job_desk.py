"""What the people who run the stack can do to a job, in every state it can be in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from ab_session.backlog_ports import Waiting
from ab_session.domain.job import BUDGET, Stage
from ab_session.domain.session import Generation
from ab_session.usecases.settle_orphans import GRACE, SettleOrphans
from ab_shared.contracts import commands, rpc
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import GenerationSettled, ReadFailed
from ab_shared.contracts.job_desk import ListJobs, RequeueJob, StopJob
from ab_shared.contracts.jobs import JobStage
from ab_shared.contracts.usage import HeldReservation
from ab_shared.errors import Conflict, ErrorCode, NotFound, ValidationFailed
from ab_shared.testing.clock import FakeClock
from prometheus_client import REGISTRY
from session_memory.rig import Rig, draft
from session_memory.store import MemoryStore


def requeue(job_id: UUID) -> RequeueJob:
    return RequeueJob(job_id=job_id, actor="ada", actor_kind="operator", reason="mended")


def stop(job_id: UUID) -> StopJob:
    return StopJob(job_id=job_id, actor="ada", actor_kind="operator")


@pytest.fixture
async def rig() -> Rig:
    rig = Rig()
    await rig.start()
    return rig


async def audited(rig: Rig) -> list[tuple[str, str]]:
    sent = await rig.memory.sent()
    return [(m.action, m.subject) for m in sent if isinstance(m, AuditRecorded)]


async def lose_reads(rig: Rig) -> None:
    """Whoever was to speak has vanished, and the commands with him; stems are made."""
    rig.held_back = [c for c in rig.held_back if isinstance(c, commands.PublishStem)]
    await rig.release()


async def failed(rig: Rig, *lines: str) -> rpc.CreatedSession:
    """A job that failed because nobody can speak its first read."""
    rig.muted = True
    created = await rig.create(draft(*lines))
    await rig.settle()
    first = next(c for c in rig.held_back if isinstance(c, commands.SynthesizeRead))
    no = ReadFailed(
        speech_address=first.speech_address, code=ErrorCode.SERVICE_UNAVAILABLE, message="No."
    )
    await rig.broker.send(no)
    await rig.settle()
    assert (await rig.job(created.job.id)).stage is Stage.FAILED
    await lose_reads(rig)
    return created


async def test_a_failed_job_lives_again_and_costs_nothing(rig: Rig) -> None:
    created = await failed(rig)
    left = rig.generations["user"]
    again = await rig.ask(requeue(created.job.id))
    assert (again.id, again.status, again.error) == (created.job.id, "pending", None)
    job = await rig.made(created)
    assert (job.stage, job.holds_generation) == (Stage.READY, False)
    session = await rig.session(created.session.id)
    assert session is not None
    assert session.audio is not None
    assert session.generation is Generation.RELEASED
    assert rig.generations["user"] == left
    assert await audited(rig) == [("job.requeue", f"job:{created.job.id}")]
    settled = [m for m in await rig.memory.sent() if isinstance(m, GenerationSettled)]
    assert [m.outcome for m in settled] == ["released"]


async def test_a_cancelled_job_lives_again(rig: Rig) -> None:
    rig.muted = True
    created = await rig.create()
    stopped = await rig.ask(stop(created.job.id))
    assert (stopped.stage, stopped.error) == ("cancelled", "Cancelled")
    await lose_reads(rig)
    await rig.ask(requeue(created.job.id))
    assert (await rig.made(created)).stage is Stage.READY
    assert [action for action, _ in await audited(rig)] == ["job.cancel", "job.requeue"]


async def test_a_live_job_is_asked_for_again_and_has_its_budget_anew(rig: Rig) -> None:
    rig.muted = True
    created = await rig.create()
    await rig.settle()
    await lose_reads(rig)
    rig.clock.advance(BUDGET.total_seconds() - 1)
    await rig.ask(requeue(created.job.id))
    assert (await rig.job(created.job.id)).moved_at == rig.clock()
    assert (await rig.made(created)).stage is Stage.READY


async def test_a_finished_job_is_left_alone(rig: Rig) -> None:
    created = await rig.create()
    await rig.made(created)
    for deed in (requeue(created.job.id), stop(created.job.id)):
        with pytest.raises(Conflict):
            await rig.ask(deed)
    assert await audited(rig) == []


async def test_a_failed_job_is_not_stopped(rig: Rig) -> None:
    created = await failed(rig)
    with pytest.raises(Conflict):
        await rig.ask(stop(created.job.id))


async def test_a_job_that_a_newer_one_has_replaced_stays_what_it_is(rig: Rig) -> None:
    created = await failed(rig)
    rig.muted = True
    await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
    with pytest.raises(Conflict):
        await rig.ask(requeue(created.job.id))


async def test_a_job_nobody_knows(rig: Rig) -> None:
    for deed in (requeue(uuid4()), stop(uuid4())):
        with pytest.raises(NotFound):
            await rig.ask(deed)


async def test_a_requeued_job_is_finished_at_once_where_everything_exists(rig: Rig) -> None:
    created = await failed(rig)
    await rig.made(await rig.create(user="another"))
    again = await rig.ask(requeue(created.job.id))
    assert again.status == "completed"
    session = await rig.session(created.session.id)
    assert session is not None
    assert session.audio is not None


async def test_jobs_are_listed_page_by_page(rig: Rig) -> None:
    made = [await rig.create() for _ in range(3)]
    await rig.settle()
    rig.clock.advance(1)
    lost = await failed(rig, "I am lost for a while.")
    page = await rig.ask(ListJobs(limit=1))
    assert [row.job.id for row in page.jobs] == [lost.job.id]
    rest = await rig.ask(ListJobs(before=page.next_before))
    assert {row.job.id for row in rest.jobs} == {one.job.id for one in made}
    assert rest.next_before is None
    stages: tuple[JobStage, ...] = ("failed",)
    (row,) = (await rig.ask(ListJobs(stages=stages))).jobs
    assert (row.job.id, row.owner_user_id) == (lost.job.id, "user")


class Held:
    """Implements ``Reservations``."""

    def __init__(self, clock: FakeClock, *ids: UUID) -> None:
        self._clock = clock
        self._ids = ids

    async def held_since(self, before: object) -> object:
        assert before == self._clock() - GRACE
        for one in self._ids:
            yield HeldReservation(reservation_id=one, user_id="user", reserved_at=self._clock())


async def test_one_job_is_found_by_its_id(rig: Rig) -> None:
    created = await failed(rig)
    [row] = (await rig.ask(ListJobs(job_id=created.job.id, stages=("ready",)))).jobs
    assert (row.job.id, row.owner_user_id) == (created.job.id, "user")
    assert (await rig.ask(ListJobs(job_id=uuid4()))).jobs == ()


async def test_an_address_among_the_reasons_stops_nothing(rig: Rig) -> None:
    rig.muted = True
    created = await rig.create(draft())
    deed = stop(created.job.id).model_copy(update={"reason": "asked by ada@example.org"})
    with pytest.raises(ValidationFailed):
        await rig.ask(deed)
    assert (await rig.job(created.job.id)).live
    assert await audited(rig) == []


async def test_generations_that_nobody_will_settle_are_settled(rig: Rig) -> None:
    lost, orphan = await failed(rig), uuid4()
    done = await rig.create()
    await rig.made(done)
    rig.muted = True
    live = await rig.create(draft("I am still being made."))
    store = MemoryStore()
    store.rows = rig.memory.rows
    held = Held(rig.clock, lost.job.id, orphan, done.job.id, live.job.id)
    assert await SettleOrphans(store, held, rig.clock)() == 3
    settled = [m for m in await store.sent() if isinstance(m, GenerationSettled)]
    assert [(m.reservation_id, m.outcome) for m in settled] == [
        (lost.job.id, "released"),
        (orphan, "released"),
        (done.job.id, "committed"),
    ]


async def test_jobs_and_reservations_that_do_not_know_each_other_are_drift(rig: Rig) -> None:
    live, alone, orphan = await rig.create(), uuid4(), uuid4()
    store = MemoryStore()
    store.rows = rig.memory.rows
    settle = SettleOrphans(
        store, Held(rig.clock, live.job.id, orphan), rig.clock, Open(live.job.id, alone)
    )
    await settle()
    assert REGISTRY.get_sample_value("ab_quota_drift") == 2
    agreeing = SettleOrphans(store, Held(rig.clock, live.job.id), rig.clock, Open(live.job.id))
    await agreeing()
    assert REGISTRY.get_sample_value("ab_quota_drift") == 0
    assert REGISTRY.get_sample_value("ab_reconciled_timestamp_seconds", {"what": "quota"})


class Open:
    """Implements ``JobBacklog``: open jobs that say they hold a generation."""

    def __init__(self, *ids: UUID) -> None:
        self._ids = set(ids)

    async def waiting(self) -> dict[str, Waiting]:
        return {}

    async def holding(self, _before: datetime) -> set[UUID]:
        return self._ids
