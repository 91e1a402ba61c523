"""What an erasure changes in the trail: a name and nothing else, whatever the user is called."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ab_auth.adapters.export_rows import PostgresExports
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore
from ab_auth.domain import exports
from ab_auth.domain.accounts import User
from ab_auth.domain.erasure import FIRST_PAUSE
from ab_auth.domain.privacy_job import PrivacyRecord, proof_of
from ab_auth.usecases.forget_exports import ForgetExports
from ab_auth.usecases.forget_mentions import ForgetMentions
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.read_privacy_jobs import ListPrivacy
from ab_auth.usecases.record_audit import RecordAudit
from ab_auth.usecases.record_erased import RecordErased
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.revive_erasures import ReviveErasures
from ab_shared.contracts.audit import AuditEntry, AuditRecorded, StoredAuditEntry
from ab_shared.contracts.audit import ListAudit as Wanted
from ab_shared.contracts.identity_events import MeetUser as Met
from ab_shared.contracts.privacy import Erased, ListPrivacyJobs
from ab_shared.contracts.privacy import RequestErasure as Request
from ab_shared.database.engine import engine_for
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import exc, text

sys.path.insert(0, str(Path(__file__).parents[1]))
from export_memory import MemoryArchives, MemoryPacking

pytestmark = pytest.mark.real
KEY = b"k" * 32
OTHERS = ("gateway", "entitlement", "session")


class House:
    """Auth on real tables, with the trail as its only chore."""

    def __init__(self, made: ServiceDatabase, clock: FakeClock) -> None:
        self.made, self.clock = made, clock
        transactions = Transactions(made.engine, producer="auth", relay=None)
        self.store = PostgresPrivacyStore(transactions)
        self.exports = PostgresExports(transactions)
        self.erase = RequestErasure(self.store, KEY, 1, timedelta(hours=1), clock)
        self.heard = RecordErased(self.store, clock)
        self.record = RecordAudit(self.store, KEY)
        self.mentions = ForgetMentions(self.store, batch=2)

    async def tell(self, message_id: str, **more: Any) -> None:
        facts = {"actor": "jo", "actor_kind": "operator", "action": "user.look", "subject": "job:1"}
        entry = AuditRecorded.model_validate({"occurred_at": self.clock(), **facts, **more})
        with bound(Context(message_id=message_id, correlation_id="c")):
            await self.record(entry)

    async def entries(self) -> Mapping[str, StoredAuditEntry]:
        return {one.id: one for one in (await ListAudit(self.store)(Wanted(limit=200))).entries}

    async def erasure(self, user: str) -> PrivacyRecord:
        job = (await self.erase(Request(user_id=user))).job
        async with self.store.begin() as unit:
            record = await unit.privacy_job(job.id)
        assert record is not None
        return record

    async def reported(self, record: PrivacyRecord) -> None:
        for service in OTHERS:
            await self.heard(Erased(erasure_id=record.id, service=service))

    async def erased(self, user: str) -> str:
        """The whole of it; what stands for the name."""
        record = await self.erasure(user)
        await self.reported(record)
        await ReviveErasures(self.store, (self.mentions,), lambda _: None, self.clock)()
        async with self.store.begin() as unit:
            after = await unit.privacy_job(record.id)
        assert after is not None
        assert after.state == "completed"
        return f"erased:{record.proof}"


@pytest.fixture
async def house(database: NewDatabase, clock: FakeClock) -> House:
    return House(await database("auth"), clock)


async def test_another_key_of_proofs_finds_who_was_erased_before(house: House) -> None:
    name = await house.erased("user_1")
    house.record = RecordAudit(house.store, b"n" * 32, (KEY,))
    await house.tell("late", subject="user:user_1")
    assert (await house.entries())["late"].subject == f"user:{name}"
    wanted = ListPrivacyJobs(user_id="user_1")
    [found] = (await ListPrivacy(house.store, b"n" * 32, (KEY,))(wanted)).jobs
    assert found.subject == name
    assert not (await ListPrivacy(house.store, b"n" * 32)(wanted)).jobs
    house.erase = RequestErasure(house.store, b"n" * 32, 1, timedelta(hours=1), house.clock)
    assert await house.erased("user_1") != name


async def test_a_user_whose_id_is_a_number_takes_no_other_along(house: House) -> None:
    after = {"lines": 42, "deep": [{"who": ["42", "user:42", "acme:42", "42 "]}, 42.5], "42": None}
    await house.tell("mine", actor="42", actor_kind="admin", subject="user:42", after=after)
    await house.tell("bare", subject="42")
    await house.tell("said", before={"who": "42"}, reason="42, user:42. Not acme:42, 4.2 or 42.1")
    for number, other in enumerate(("acme:42", "user:acme:42", "42x", "job:42")):
        await house.tell(
            f"o{number}", actor=other, actor_kind="user", subject=other, after={"n": 42}
        )
    await house.tell("desk", actor="42")
    before = await house.entries()
    name = await house.erased("42")
    found = await house.entries()
    mine = found["mine"]
    assert (mine.actor, mine.subject) == (name, f"user:{name}")
    deep = [{"who": [name, f"user:{name}", "acme:42", "42 "]}, 42.5]
    assert mine.after == {"lines": 42, "deep": deep, "42": None}
    assert found["bare"].subject == name
    assert found["said"].before == {"who": name}
    assert found["said"].reason == f"{name}, user:{name}. Not acme:42, 4.2 or 42.1"
    # An operator is no user, whoever calls themselves so.
    for others in ("o0", "o1", "o2", "o3", "desk"):
        assert found[others] == before[others]


@pytest.mark.parametrize("user", ["admin", "free", 'a"b\\c', "é.*", "***:x", "auth0|é", "(?i)ADA"])
async def test_whatever_a_user_is_called(house: House, user: str) -> None:
    after = {"role": "ADMIN", "plan": "free month", "who": user, "not": f"{user}x"}
    reason = f"{user} - and {'x' * (500 - 7 - len(user))}"
    await house.tell("mine", subject=f"user:{user}", actor_kind="admin")
    await house.tell("mentioned", actor_kind="admin", after=after, reason=reason)
    name = await house.erased(user)
    found = await house.entries()
    assert found["mine"].subject == f"user:{name}"
    assert found["mine"].actor_kind == "admin"
    assert found["mentioned"].after == after | {"who": name}
    # Never longer than whoever reads it believes.
    assert found["mentioned"].reason == f"{name} - and {'x' * 500}"[:500]


async def test_the_end_waits_for_the_trail_and_goes_on_where_it_stopped(house: House) -> None:
    for number in range(7):
        await house.tell(f"m{number}", after={"who": "user_1"})
    record = await house.erasure("user_1")
    await house.reported(record)
    read = []

    async def killed(erasure: PrivacyRecord) -> Mapping[str, int]:
        async with house.store.begin() as unit:
            held = await unit.privacy_job(erasure.id, hold=True)
            assert held is not None
            read.append(held.trail_read)
        if len(read) == 1:
            assert await house.mentions._next(erasure.id)
            raise DependencyUnavailable("killed")
        return await house.mentions(erasure)

    revive = ReviveErasures(house.store, (killed,), lambda _: None, house.clock)
    await revive()
    done = [one.after != {"who": "user_1"} for one in (await house.entries()).values()]
    assert sum(done) == 2
    async with house.store.begin() as unit:
        live = await unit.live_erasure("user_1")
    assert live is not None
    assert live.trail_read == 2
    house.clock.advance(FIRST_PAUSE.total_seconds())
    await revive()
    assert read == [None, 2]
    name = f"erased:{record.proof}"
    assert all(one.after == {"who": name} for one in (await house.entries()).values())
    async with house.store.begin() as unit:
        assert await unit.live_erasure("user_1") is None


async def test_deeds_by_and_to_a_user_are_found_by_index(house: House) -> None:
    fill = text(
        "INSERT INTO audit (id, actor, actor_kind, action, subject, correlation_id, occurred_at)"
        " SELECT 'x' || n, 'user_' || n, 'user', 'a.b', 'user:user_' || n, 'c', now()"
        " FROM generate_series(1, 20000) AS n"
    )
    async with house.made.engine.begin() as connection:
        await connection.execute(fill)
    record = await house.erasure("user_77")
    owner = engine_for(house.made.owner_url, pool_size=1)
    async with owner.begin() as connection:
        await connection.execute(text("ANALYZE audit"))
    rename = text("SELECT rename_in_audit('user_77', :name)")
    async with owner.connect() as connection:
        # A plan that reads the whole table would count it among its sequential scans.
        await connection.execute(text("SET enable_seqscan = on"))
        assert (await connection.execute(rename, {"name": f"erased:{record.proof}"})).scalar() == 1
        scans = text("SELECT pg_stat_get_xact_numscans('audit'::regclass)")
        assert (await connection.execute(scans)).scalar() == 0
    await owner.dispose()


async def test_nobody_but_the_service_may_rename_and_only_the_erased(house: House) -> None:
    await house.tell("m", subject="user:user_1")
    proof = f"erased:{proof_of(KEY, 'user_1')}"
    calls = (
        "SELECT rename_in_audit(:who, :name)",
        "SELECT rename_mentions(:who, :name, 0, 10)",
    )
    record = await house.erasure("user_2")
    for who, name in (("user_1", proof), ("user_1", f"erased:{record.proof}"), ("user_2", proof)):
        for call in calls:
            async with house.made.engine.connect() as connection:
                with pytest.raises(exc.ProgrammingError, match="no erasure of this name is live"):
                    await connection.execute(text(call), {"who": who, "name": name})
    assert (await house.entries())["m"].subject == "user:user_1"
    public = text(
        "SELECT count(*) FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS a"
        " WHERE proname IN ('rename_in_audit', 'rename_mentions') AND a.grantee = 0"
    )
    definers = text("SELECT count(*) FROM pg_proc WHERE prosecdef")
    async with house.made.engine.connect() as connection:
        assert (await connection.execute(public)).scalar() == 0
        assert (await connection.execute(definers)).scalar() == 2


async def test_what_is_told_late_is_kept_without_the_name(house: House, clock: FakeClock) -> None:
    at = clock()
    record = await house.erasure("user_1")
    name = f"erased:{record.proof}"
    await house.tell("meanwhile", actor="user_1", actor_kind="user", after={"who": ["user:user_1"]})
    found = (await house.entries())["meanwhile"]
    assert (found.actor, found.after) == (name, {"who": [f"user:{name}"]})
    clock.advance(1)
    await house.reported(record)
    await ReviveErasures(house.store, (house.mentions,), lambda _: None, clock)()
    clock.advance(60)
    late = {"occurred_at": at, "subject": "user:user_1", "reason": "user_1: not user_12."}
    await house.tell("late", **late)
    found = (await house.entries())["late"]
    assert (found.subject, found.reason) == (f"user:{name}", f"{name}: not user_12.")
    await house.tell("asked after", subject="user:user_1")
    assert (await house.entries())["asked after"].subject == f"user:{name}"
    # Whoever comes back is somebody new; what they did before is still forgotten.
    async with house.store.begin() as unit:
        await unit.add_user(User("user_1", clock()))
    await house.tell("new", subject="user:user_1")
    await house.tell("still late", **late)
    entries = await house.entries()
    assert entries["new"].subject == "user:user_1"
    assert entries["still late"].subject == f"user:{name}"


async def test_the_search_waits_for_who_adds_an_entry_and_saw_no_erasure(house: House) -> None:
    entry = AuditEntry(
        actor="jo", actor_kind="operator", action="a.b", subject="x", reason="user_1"
    )
    async with house.store.begin() as unit:
        assert not await unit.erased_of({proof_of(KEY, "user_1"): "user_1"}, house.clock())
        record = await house.erasure("user_1")
        searching = asyncio.create_task(house.mentions(record))
        waits = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        async with asyncio.timeout(5), house.made.engine.connect() as connection:
            while not (await connection.execute(waits)).scalar():
                await connection.execute(text("SELECT pg_sleep(0.01)"))
        await unit.add_entry("m", "c", entry)
    await searching
    assert (await house.entries())["m"].reason == f"erased:{record.proof}"


async def test_who_is_being_erased_is_met_without_a_false_alarm(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await house.erasure("user_1")
    now = datetime(2030, 1, 1, tzinfo=UTC)
    met = Met(issuer="https://x.test", subject="user_1", user_id="user_1", issued_at=now)
    with caplog.at_level(logging.ERROR):
        await MeetUser(house.store, house.clock)(met)
    assert caplog.records == []
    async with house.store.begin() as unit:
        assert await unit.user("user_1") is None


async def test_exports_are_called_off_and_old_failures_outlived(house: House) -> None:
    archives = MemoryArchives()
    forget = ForgetExports(house.exports, archives, house.clock)
    job_id = uuid4()
    async with house.exports.begin() as unit:
        await unit.add(exports.begun(job_id, "user_1", "https://x.test", house.clock()))
        at_work = await unit.take(house.clock())
    assert at_work is not None
    with pytest.raises(DependencyUnavailable):
        await forget.of_user("user_1")
    house.clock.advance(exports.LETTING_GO.total_seconds() - 1)
    async with house.exports.begin() as unit:
        assert not await unit.keep(at_work)
        assert not await unit.renew(at_work, house.clock())
        assert await unit.take(house.clock() + timedelta(days=1)) is None
        assert await unit.outlived(house.clock(), 9) == []
        (old,) = await unit.outlived(house.clock() + exports.KEPT, 9)
    assert old.job_id == job_id
    house.clock.advance(1)
    archives.stored[exports.key_of(job_id, 1)] = MemoryPacking(archives)
    assert await forget.of_user("user_1") == 1
    assert archives.stored == {}
    assert await forget.of_user("user_1") == 0
