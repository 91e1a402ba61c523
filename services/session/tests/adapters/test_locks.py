"""What happens between two transactions that only Postgres can run at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.job import CANCELLED, Job
from ab_session.domain.mixdown import new_mixdown
from ab_session.domain.sounds import PublishedStem
from ab_session.usecases.cancel_job import CancelJob
from ab_shared.contracts import rpc
from ab_shared.database.transaction import Transactions
from ab_shared.errors import NotFound
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import AT, given, job_of, mixdown_order, plan_of, session_of
from session_memory.studio import published
from session_memory.waiting import somebody_waits


@pytest.fixture
async def store(database: NewDatabase) -> PostgresStore:
    made = await database("session")
    return PostgresStore(Transactions(made.engine, producer="session", relay=None))


@pytest.mark.real
async def test_two_sweeps_never_take_the_same_job(store: PostgresStore) -> None:
    jobs = [await given(store, session_of(number)) for number in (1, 2)]
    late = AT + timedelta(minutes=5)
    async with store.begin() as one, store.begin() as two:
        taken = [await unit.jobs.overdue(late) for unit in (one, two)]
        assert {job.id for job in taken if job} == {job.id for job in jobs}
        async with store.begin() as three:
            assert await three.jobs.overdue(late) is None


@pytest.mark.real
async def test_publishing_a_stem_waits_for_a_job_that_asks_for_it(
    store: PostgresStore,
) -> None:
    session = session_of()
    stem = PublishedStem.heard(published("babbling-brook"))
    waiting: list[Job] = []

    async def publish() -> None:
        async with store.begin() as unit:
            assert await unit.sounds.stem_published(stem)
            waiting.extend(await unit.jobs.waiting_for_stem(stem.stem_id))

    async with store.begin() as unit:
        await unit.sounds.ask_for_stems(session.stem_ids, AT)
        publishing = asyncio.create_task(publish())
        await somebody_waits(store)
        await unit.sessions.add(session)
        await unit.jobs.add(job_of(session), plan_of(session).reads, frozenset())
    await publishing
    assert [job.session_id for job in waiting] == [session.id]


@pytest.mark.real
async def test_a_taken_id_is_waited_for(store: PostgresStore) -> None:
    async def second() -> bool:
        async with store.begin() as unit:
            return await unit.sessions.add(session_of())

    async with store.begin() as unit:
        assert await unit.sessions.add(session_of())
        other = asyncio.create_task(second())
        await somebody_waits(store)
    assert not await other


@pytest.mark.real
async def test_cancelling_and_news_of_a_shared_file_never_wait_in_a_circle(
    store: PostgresStore,
) -> None:
    order = mixdown_order()
    session = session_of()
    await given(store, session)
    jobs = [
        new_mixdown(order, session.id, user, "c" * 64, attempt=1, at=AT) for user in ("one", "two")
    ]
    first, last = sorted(jobs, key=lambda job: job.id)
    async with store.begin() as unit:
        for job in jobs:
            assert await unit.mixdowns.add(job)
    cancel = CancelJob(store, lambda: AT)
    async with store.begin() as news:
        await news.mixdowns.find(first.id, hold=True)
        request = rpc.CancelJob(job_id=last.id, user_id=last.owner_user_id)
        cancelling = asyncio.create_task(cancel(request))
        await somebody_waits(store)
        waiting = await news.mixdowns.waiting(order.mixdown_address)
        assert [job.id for job in waiting] == [first.id, last.id]
    assert (await cancelling).error == CANCELLED


@pytest.mark.real
@pytest.mark.parametrize("about", ["favourite", "mixdown"])
async def test_what_is_written_about_a_session_that_is_being_deleted_is_not_found(
    store: PostgresStore, about: str
) -> None:
    session = session_of()
    await given(store, session)
    job = new_mixdown(mixdown_order(), session.id, "user", "c" * 64, attempt=1, at=AT)

    async def write() -> None:
        async with store.begin() as unit:
            if about == "mixdown":
                await unit.mixdowns.add(job)
            else:
                await unit.library.mark("user", session.id, AT)

    async with store.begin() as unit:
        await unit.library.bury(session, AT)
        writing = asyncio.create_task(write())
        await somebody_waits(store)
    with pytest.raises(NotFound):
        await writing
