"""What waits in the database, by kind, and who holds a generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest
from ab_session.adapters.job_backlog import PostgresJobBacklog
from ab_session.adapters.postgres import PostgresStore
from ab_session.backlog_ports import Waiting
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.job import Job, cancel
from ab_session.domain.mixdown import cancel as cancel_mixdown
from ab_session.domain.mixdown import new_mixdown
from ab_session.domain.session import Session
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import AT, job_of, mixdown_order, plan_of, session_of

pytestmark = pytest.mark.real
HOUR = timedelta(hours=1)


@dataclass
class Rows:
    """The store that writes, and the backlog that looks at the same database."""

    store: PostgresStore
    backlog: PostgresJobBacklog

    async def add(self, session: Session, job: Job) -> Job:
        """A session and its job, as they were made."""
        async with self.store.begin() as unit:
            assert await unit.sessions.add(session)
            assert await unit.jobs.add(job, plan_of(session).reads, frozenset())
        return job

    async def track(self, number: int, *, age: timedelta, holds: bool = True) -> Job:
        """Somebody's track that was asked for so long ago."""
        session = session_of(number)
        made = replace(job_of(session), created_at=AT - age, holds_generation=holds)
        return await self.add(session, made)

    async def file(self, session_id: UUID, user: str, *, age: timedelta, ended: bool) -> None:
        """Somebody's offline file."""
        asked = AT - age
        job = new_mixdown(mixdown_order(), session_id, user, "c" * 64, attempt=1, at=asked)
        async with self.store.begin() as unit:
            assert await unit.mixdowns.add(job)
            if ended:
                await unit.mixdowns.save(cancel_mixdown(job, AT))

    async def end(self, jobs: Sequence[Job]) -> None:
        """They are called off."""
        async with self.store.begin() as unit:
            for job in jobs:
                await unit.jobs.save(cancel(job, AT))


@pytest.fixture
async def rows(database: NewDatabase) -> Rows:
    made = await database("session")
    transactions = Transactions(made.engine, producer="session", relay=None)
    return Rows(PostgresStore(transactions), PostgresJobBacklog(transactions))


async def test_nothing_waits_where_nothing_was_asked_for(rows: Rows) -> None:
    assert await rows.backlog.waiting() == {}
    assert await rows.backlog.holding(AT) == set()


async def test_each_kind_has_its_number_and_its_oldest(rows: Rows) -> None:
    own = [await rows.track(number, age=number * HOUR) for number in (1, 2, 3)]
    shared = as_session(CATALOGUE[0], AT)
    await rows.add(shared, replace(job_of(shared), created_at=AT - 5 * HOUR))
    await rows.file(own[0].session_id, "one", age=7 * HOUR, ended=True)
    await rows.file(own[0].session_id, "two", age=6 * HOUR, ended=False)
    assert await rows.backlog.waiting() == {
        "audio": Waiting(3, AT - 3 * HOUR),
        "catalogue": Waiting(1, AT - 5 * HOUR),
        "mixdown": Waiting(1, AT - 6 * HOUR),
    }
    await rows.end(own[1:])
    assert (await rows.backlog.waiting())["audio"] == Waiting(1, AT - HOUR)


async def test_open_jobs_from_before_an_instant_say_that_they_hold_a_generation(
    rows: Rows,
) -> None:
    old, ended, young = [await rows.track(n, age=n * HOUR) for n in (3, 2, 1)]
    await rows.track(4, age=4 * HOUR, holds=False)
    await rows.end([ended])
    assert await rows.backlog.holding(AT - HOUR) == {old.id}
    assert await rows.backlog.holding(AT) == {old.id, young.id}
