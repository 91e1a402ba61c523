"""The saga on the real tables: auth dies anywhere, services report late, twice or never."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.erasure import FIRST_PAUSE, LONGEST_PAUSE
from ab_auth.domain.privacy_job import PrivacyRecord
from ab_auth.privacy_ports import Backlog, PrivacyUnit
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.read_privacy_jobs import ListPrivacy, ReadPrivacyJob
from ab_auth.usecases.record_erased import RecordErased
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.revive_erasures import ReviveErasures
from ab_shared.contracts.audit import AuditEntry
from ab_shared.contracts.audit import ListAudit as Trail
from ab_shared.contracts.privacy import Erased, GetPrivacyJob, ListPrivacyJobs, PrivacyJobRow
from ab_shared.contracts.privacy import RequestErasure as Request
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable, NotFound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text

pytestmark = pytest.mark.real
KEY = b"k" * 32
PARTS = {"tts": 1, "stitching": 1}
OUTBOX = text("DELETE FROM outbox RETURNING id, envelope")


class KilledError(Exception):
    """The process is gone."""


class Auth:
    """A process of auth that dies at a transaction, and is started again by whoever waits."""

    def __init__(self, transactions: Transactions, clock: FakeClock) -> None:
        self._store = PostgresPrivacyStore(transactions)
        self._transactions = transactions
        self.clock, self.seen, self.begun = clock, list[Backlog](), 0
        self.dies: tuple[int, str] | None = None
        self.chore_fails = 0
        self.erase = RequestErasure(self, KEY, 1, timedelta(hours=1), clock)
        self.heard = RecordErased(self, clock)
        self.revive = ReviveErasures(self, (self._chore,), self.seen.append, clock)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PrivacyUnit]:
        self.begun += 1
        number = self.begun
        async with self._store.begin() as unit:
            yield unit
            if self.dies == (number, "before the commit"):
                raise KilledError
        if self.dies == (number, "after the commit"):
            raise KilledError

    async def _chore(self, record: PrivacyRecord) -> Mapping[str, int]:
        if self.chore_fails:
            self.chore_fails -= 1
            raise DependencyUnavailable("The store is away")
        return {"exports": 1 if record.user_id else 0}

    async def sent(self) -> list[tuple[str, dict[str, Any]]]:
        """What has left since last asked: after a crash it still lay in the outbox."""
        async with self._transactions.begin() as transaction:
            rows = (await transaction.connection.execute(OUTBOX)).all()
        told = [json.loads(row.envelope) for row in sorted(rows)]
        return [(one["type"], one["data"]) for one in told]

    async def insist(self, step: Any, *given: Any) -> Any:
        """A step, done again by a new process when the one at it dies."""
        try:
            return await step(*given)
        except KilledError:
            return await step(*given)

    async def deeds(self, actor: str) -> int:
        return len((await ListAudit(self._store)(Trail(actor=actor))).entries)

    async def row(self, **wanted: Any) -> PrivacyJobRow:
        found = await ListPrivacy(self._store, KEY)(ListPrivacyJobs(**wanted))
        (row,) = found.jobs
        return row


@pytest.fixture
async def auth(database: NewDatabase, clock: FakeClock) -> Auth:
    engine = (await database("auth")).engine
    return Auth(Transactions(engine, producer="auth", relay=None), clock)


async def settle(auth: Auth, user: str) -> None:
    async with auth.begin() as unit:
        await unit.add_user(User(user, auth.clock()))
        await unit.add_password(f"{user}@example.com", StoredPassword(user, "x"))
        entry = AuditEntry(actor=user, actor_kind="user", action="me.look", subject=f"user:{user}")
        await unit.add_entry(f"m-{user}", "c", entry)
    auth.begun = 0


def reports(erasure_id: UUID) -> list[Erased]:
    """What the others say, each of them once."""
    said = [Erased(erasure_id=erasure_id, service=name) for name in ("gateway", "entitlement")]
    parts = [Erased(erasure_id=erasure_id, service=name) for name in PARTS]
    return [*said, Erased(erasure_id=erasure_id, service="session", parts=PARTS), *parts]


async def erase_through(auth: Auth, user: str) -> tuple[UUID, list[str]]:
    """The whole saga, every step insisted upon; the job, and the kinds of all that was sent."""
    job = (await auth.insist(auth.erase, Request(user_id=user))).job
    kinds: list[str] = []
    told = await auth.sent()
    kinds += [kind for kind, _ in told]
    asked = [data for kind, data in told if kind == "auth.erasure_requested"]
    assert [data["user_id"] for data in asked] == [user]
    for report in reports(UUID(asked[0]["erasure_id"])):
        await auth.insist(auth.heard, report)
    await auth.insist(auth.revive)
    if (await auth.row(job_id=job.id)).job.state != "completed":
        # Whoever died over the chore had written down when it is due again.
        auth.clock.advance(FIRST_PAUSE.total_seconds())
        await auth.revive()
    kinds += [kind for kind, _ in await auth.sent()]
    return job.id, kinds


async def test_auth_dies_between_any_two_steps(auth: Auth) -> None:
    await settle(auth, "user_0")
    await erase_through(auth, "user_0")
    steps = auth.begun
    assert steps >= 1 + 5 + 3
    moments = ("before the commit", "after the commit")
    for number, dies in enumerate([(n, m) for n in range(1, steps + 1) for m in moments], 1):
        user = f"user_{number}"
        auth.dies = None
        await settle(auth, user)
        auth.dies = dies
        job_id, kinds = await erase_through(auth, user)
        auth.dies = None
        row = await auth.row(user_id=user)
        assert (row.job.id, row.job.state, row.waits_for) == (job_id, "completed", ()), dies
        assert row.counts["auth"]["users"] == 1, dies
        assert row.counts["auth"]["exports"] == 1, dies
        assert row.subject.startswith("erased:"), dies
        # Its end is told once, however often the steps before it were done.
        assert kinds.count("auth.user_erased") == 1, dies
        assert kinds.count("auth.tokens_revoked") == 1, dies
        assert kinds.count("gateway.keep_revocation") == 1, dies
        async with auth.begin() as unit:
            assert await unit.user(user) is None, dies
        assert await auth.deeds(user) == 0, dies
        assert await auth.deeds(row.subject) == 1, dies


async def test_asked_by_many_at_once_it_is_one(auth: Auth) -> None:
    await settle(auth, "user_1")
    asked = await asyncio.gather(*(auth.erase(Request(user_id="user_1")) for _ in range(4)))
    assert len({one.job.id for one in asked}) == 1
    kinds = [kind for kind, _ in await auth.sent()]
    assert kinds.count("auth.erasure_requested") == 1


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (3, 3, 0, 4, 0, 1, 1, 2), (2, 4, 0, 1, 3)])
async def test_reports_in_any_order_and_twice(auth: Auth, order: Sequence[int]) -> None:
    await settle(auth, "user_1")
    job = (await auth.erase(Request(user_id="user_1"))).job
    await auth.revive()
    said = reports(job.id)
    for number, place in enumerate(order, 1):
        await auth.heard(said[place])
        over = number == len(order)
        assert (await auth.row(job_id=job.id)).job.state == ("completed" if over else "processing")
    before = await auth.row(job_id=job.id)
    for late in (*said, Erased(erasure_id=job.id, service="tts", part=9, parts={"tts": 99})):
        await auth.heard(late)
    await auth.heard(Erased(erasure_id=UUID(int=404), service="session"))
    assert await auth.row(job_id=job.id) == before
    assert [kind for kind, _ in await auth.sent()].count("auth.user_erased") == 1


async def test_the_last_two_reports_at_the_same_moment_end_it_once(auth: Auth) -> None:
    for user in ("user_1", "user_2", "user_3"):
        await settle(auth, user)
        job = (await auth.erase(Request(user_id=user))).job
        await auth.revive()
        first, *others = reports(job.id)
        await auth.heard(first)
        await auth.sent()
        await asyncio.gather(*(auth.heard(report) for report in (*others, *others)))
        assert (await auth.row(job_id=job.id)).job.state == "completed"
        assert [kind for kind, _ in await auth.sent()].count("auth.user_erased") == 1


async def test_who_never_reports_is_asked_ever_more_seldom_and_is_seen(auth: Auth) -> None:
    job = (await auth.erase(Request(user_id="user_1"))).job
    *others, last = reports(job.id)
    await auth.revive()
    for report in others:
        await auth.heard(report)
    await auth.sent()
    began, asked_at = auth.clock(), list[timedelta]()
    while len(asked_at) < 9:
        await asyncio.gather(auth.revive(), auth.revive())
        asked = [data for kind, data in await auth.sent() if kind == "auth.erasure_requested"]
        # Two instances look after it, and one of them asks.
        assert [data["user_id"] for data in asked] in ([], ["user_1"])
        asked_at += [auth.clock() - began] * len(asked)
        auth.clock.advance(FIRST_PAUSE.total_seconds())
    pauses = [later - earlier for earlier, later in pairwise((timedelta(0), *asked_at))]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (FIRST_PAUSE, LONGEST_PAUSE)
    stuck = await auth.row(live=True)
    assert (stuck.subject, stuck.waits_for, stuck.asked) == ("user_1", ("stitching",), 10)
    assert auth.seen[-1] == Backlog(1, asked_at[-1])
    await auth.heard(last)
    await auth.revive()
    assert auth.seen[-1].live == 0
    assert (await auth.row(job_id=job.id)).waits_for == ()


async def test_a_chore_that_fails_is_done_again(auth: Auth) -> None:
    job = (await auth.erase(Request(user_id="user_1"))).job
    auth.chore_fails = 2
    for report in reports(job.id):
        await auth.heard(report)
    for _ in range(2):
        await auth.revive()
        assert (await auth.row(live=True)).waits_for == ("auth",)
        auth.clock.advance(FIRST_PAUSE.total_seconds())
    await auth.revive()
    assert (await auth.row(job_id=job.id)).job.state == "completed"


async def test_its_id_alone_opens_it_until_a_day_after_its_end(auth: Auth) -> None:
    read = ReadPrivacyJob(auth, auth.clock)
    job = (await auth.erase(Request(user_id="user_1"))).job
    auth.clock.advance(timedelta(days=3).total_seconds())
    for user in (None, "user_1", "user_2"):
        state = await read(GetPrivacyJob(job_id=job.id, user_id=user))
        assert state.job.state == "processing"
        assert "user_1" not in state.model_dump_json()
    await auth.revive()
    for report in reports(job.id):
        await auth.heard(report)
    auth.clock.advance(timedelta(days=1).total_seconds() - 1)
    assert (await read(GetPrivacyJob(job_id=job.id))).job.state == "completed"
    auth.clock.advance(1)
    for asked in (GetPrivacyJob(job_id=job.id), GetPrivacyJob(job_id=UUID(int=404))):
        with pytest.raises(NotFound):
            await read(asked)
    assert (await auth.row(user_id="user_1")).job.id == job.id
