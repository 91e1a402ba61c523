"""From the wish for an archive to its end, whatever happens on the way."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ab_auth.domain.exports import (
    AFTER_FAILURE,
    KEPT,
    LEASE,
    LETTING_GO,
    MOST_ATTEMPTS,
    PAUSES,
)
from ab_auth.export_ports import Packed
from ab_auth.usecases.forget_exports import ForgetExports
from ab_auth.usecases.make_exports import MakeExports
from ab_auth.usecases.request_export import RequestExport
from ab_shared.contracts import exporting, rpc
from ab_shared.contracts.exporting import ExportedFile, ExportedRecord, ExportPage, ExportState
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.privacy import PrivacyJobChanged
from ab_shared.errors import DependencyUnavailable, InvalidMessage, NotFound, RateLimited
from ab_shared.testing.clock import FakeClock

sys.path.insert(0, str(Path(__file__).parents[1]))
from export_memory import MemoryArchives, MemoryExports, MemoryPacking, MemorySource

DAY = 24 * 3600.0
CLERK = "https://clerk.test"
TRACK = ExportedFile(
    name="one/affirmations.m4a", asset=AssetRef(key="k", bytes=9, sha256="a" * 64, duration_ms=1)
)


def page(kind: str, *files: ExportedFile) -> ExportPage:
    return ExportPage(records=(ExportedRecord(kind=kind, data={}),), files=files)


class KilledError(Exception):
    """The process is gone."""


@dataclass
class Desk:
    """The use cases over one memory."""

    store: MemoryExports
    archives: MemoryArchives
    sources: list[MemorySource]
    request: RequestExport
    make: MakeExports
    forget: ForgetExports

    async def ask(self, user: str = "user", *, fresh: bool = False) -> ExportState:
        return await self.request(exporting.RequestExport(user_id=user, issuer=CLERK, fresh=fresh))

    def states(self) -> list[tuple[str, float]]:
        sent = self.store.transactions.sent
        jobs = [event.job for event in sent if isinstance(event, PrivacyJobChanged)]
        return [(job.state, round(job.progress, 2)) for job in jobs]

    def job(self, state: ExportState) -> Any:
        return self.store.rows[state.job_id].job()


async def known(request: rpc.GetProfile) -> rpc.Profile:
    if request.user_id == "nobody":
        raise NotFound("There is no such user")
    return rpc.Profile(user_id=request.user_id, created_at=FakeClock()())


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    store, archives = MemoryExports(), MemoryArchives()
    sources = [MemorySource("auth", [page("profile")]), MemorySource("session", [])]
    sources[1].told = [page("sessions", TRACK), page("jobs")]
    return Desk(
        store,
        archives,
        sources,
        RequestExport(store, known, clock),
        MakeExports(store, sources, archives, clock),
        ForgetExports(store, archives, clock),
    )


async def test_from_the_wish_to_the_archive(desk: Desk, clock: FakeClock) -> None:
    asked = await desk.ask()
    assert asked.archive is None
    assert (await desk.ask()).job_id == asked.job_id
    assert await desk.make() == 1
    done = await desk.ask()
    assert done.job_id == asked.job_id
    assert done.archive is not None
    assert done.archive.expires_at == clock() + KEPT
    packed = desk.archives.stored[done.archive.key]
    assert packed.records == [("auth", "profile"), ("session", "sessions"), ("session", "jobs")]
    assert packed.sounds == [TRACK.name]
    states = desk.states()
    assert states[0] == ("pending", 0.0)
    assert states[-1] == ("completed", 1.0)
    assert [progress for _, progress in states] == sorted(progress for _, progress in states)
    assert await desk.make() == 0


async def test_many_who_ask_at_once_get_one_job(desk: Desk) -> None:
    asked = await asyncio.gather(*(desk.ask() for _ in range(20)))
    assert len({state.job_id for state in asked}) == 1
    assert await desk.make() == 1


async def test_a_day_brings_one_new_archive_and_a_week_ends_them(
    desk: Desk, clock: FakeClock
) -> None:
    first = await desk.ask()
    await desk.make()
    assert (await desk.ask(fresh=True)).job_id == first.job_id
    clock.advance(1 * DAY)
    assert (await desk.ask()).job_id == first.job_id
    second = await desk.ask(fresh=True)
    assert second.job_id != first.job_id
    await desk.make()
    assert len(desk.archives.stored) == 2
    clock.advance(6 * DAY)
    assert await desk.forget() == 1
    assert [key.split("/")[1] for key in desk.archives.stored] == [str(second.job_id)]
    clock.advance(1 * DAY)
    # Nobody has swept yet: what is over is over all the same.
    assert (await desk.ask()).job_id not in {first.job_id, second.job_id}


async def test_who_is_gone_cannot_ask(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.ask("nobody")
    assert desk.store.rows == {}


async def test_a_service_that_is_away_is_asked_again(desk: Desk, clock: FakeClock) -> None:
    state = await desk.ask()
    desk.sources[1].failure = DependencyUnavailable("away")
    await desk.make()
    assert desk.job(state).state == "processing"
    assert await desk.make() == 0
    desk.sources[1].failure = None
    clock.advance(PAUSES[0].total_seconds())
    assert await desk.make() == 1
    done = await desk.ask()
    assert done.archive is not None
    assert "/2/" in done.archive.key
    assert desk.job(state).progress == 1.0


async def test_what_cannot_mend_fails_at_once_and_rests(desk: Desk, clock: FakeClock) -> None:
    state = await desk.ask()
    desk.sources[0].failure = InvalidMessage("what is that?")
    await desk.make()
    job = desk.job(state)
    assert (job.state, job.stage, job.finished_at) == ("failed", "failed", clock())
    assert job.error is not None
    assert "what is that" not in job.error
    with pytest.raises(RateLimited) as refused:
        await desk.ask()
    assert refused.value.details["retry_after"] == AFTER_FAILURE.total_seconds()
    clock.advance(AFTER_FAILURE.total_seconds())
    desk.sources[0].failure = None
    assert (await desk.ask()).job_id != state.job_id


async def test_trying_again_comes_to_an_end(desk: Desk, clock: FakeClock) -> None:
    state = await desk.ask()
    desk.archives.failure = DependencyUnavailable("the store is away")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert await desk.make() == 1
        assert desk.job(state).state == ("failed" if attempt == MOST_ATTEMPTS else "processing")
        clock.advance(max(PAUSES).total_seconds())


async def test_a_dead_worker_loses_its_lease_and_for_ever_dying_ones_fail(
    desk: Desk, clock: FakeClock
) -> None:
    state = await desk.ask()
    for _ in range(MOST_ATTEMPTS):
        async with desk.store.begin() as unit:
            assert await unit.take(clock()) is not None
            assert await unit.take(clock()) is None
        clock.advance(LEASE.total_seconds())
    await desk.make()
    assert desk.job(state).state == "failed"
    assert desk.archives.stored == {}


async def test_a_slow_worker_that_lost_its_lease_leaves_nothing(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await desk.ask()
    overtaken: list[int] = []

    async def overtake() -> None:
        if not overtaken:
            overtaken.append(1)
            clock.advance(LEASE.total_seconds())
            # The second worker does all of it while the first one sleeps.
            assert await desk.make() == 1

    monkeypatch.setattr(desk.archives, "before_sound", overtake)
    await desk.make()
    done = desk.store.rows[state.job_id]
    assert done.attempt == 2
    assert done.archive is not None
    assert list(desk.archives.stored) == [done.archive.key]


async def test_who_is_erased_meanwhile_leaves_nothing(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.ask()
    other = await desk.ask("somebody else")

    async def erase() -> None:
        async with desk.store.begin() as unit:
            theirs = await unit.of_user("user")
        if any(export.live for export in theirs):
            with pytest.raises(DependencyUnavailable):
                await desk.forget.of_user("user")

    monkeypatch.setattr(desk.archives, "before_sound", erase)
    assert await desk.make() == 2
    assert [UUID(key.split("/")[1]) for key in desk.archives.stored] == [other.job_id]
    clock.advance(LETTING_GO.total_seconds())
    assert await desk.forget.of_user("user") == 1
    assert set(desk.store.rows) == {other.job_id}
    assert [UUID(key.split("/")[1]) for key in desk.archives.stored] == [other.job_id]
    assert await desk.forget.of_user("user") == 0
    assert await desk.forget.of_user("somebody else") == 1
    assert desk.archives.stored == {}


async def test_a_worker_that_dies_over_its_store_leaves_nothing(
    desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await desk.ask()
    store = desk.archives.store

    async def store_late_and_die(key: str, packed: Packed) -> None:
        with pytest.raises(DependencyUnavailable):
            await desk.forget.of_user("user")
        await store(key, packed)
        raise KilledError

    monkeypatch.setattr(desk.archives, "store", store_late_and_die)
    with pytest.raises(KilledError):
        await desk.make()
    assert len(desk.archives.stored) == 1
    # Nobody begins anew meanwhile, and the row stays until it is certain that all has gone.
    clock.advance(LETTING_GO.total_seconds() - 1)
    assert await desk.make() == 0
    with pytest.raises(DependencyUnavailable):
        await desk.forget.of_user("user")
    assert list(desk.store.rows) == [state.job_id]
    clock.advance(1)
    assert await desk.forget.of_user("user") == 1
    assert desk.archives.stored == {}
    assert desk.store.rows == {}


async def test_a_worker_whose_lease_is_gone_stops_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.ask()
    monkeypatch.setattr("ab_auth.usecases.make_exports.RENEW_SECONDS", 0.01)

    async def upload_for_ever(*_: object) -> None:
        with pytest.raises(DependencyUnavailable):
            await desk.forget.of_user("user")
        await asyncio.Event().wait()

    monkeypatch.setattr(desk.archives, "store", upload_for_ever)
    async with asyncio.timeout(5) as bound:
        assert await desk.make() == 1
    assert not bound.expired()
    assert desk.archives.stored == {}


async def test_a_failure_is_forgotten_after_a_week_with_what_was_stored(
    desk: Desk, clock: FakeClock
) -> None:
    state = await desk.ask()
    async with desk.store.begin() as unit:
        died = await unit.take(clock())
    assert died is not None
    # It died between storing and saying so; the next attempt finds something that will not mend.
    desk.archives.stored[died.key] = MemoryPacking(desk.archives)
    clock.advance(LEASE.total_seconds())
    desk.sources[0].failure = InvalidMessage("what is that?")
    await desk.make()
    assert desk.job(state).state == "failed"
    clock.advance(KEPT.total_seconds() - 1)
    assert await desk.forget() == 0
    clock.advance(1)
    assert await desk.forget() == 1
    assert desk.archives.stored == {}
    assert desk.store.rows == {}


async def test_an_object_that_cannot_be_removed_keeps_its_row(desk: Desk, clock: FakeClock) -> None:
    await desk.ask()
    await desk.make()
    clock.advance(KEPT.total_seconds())
    desk.archives.failure = DependencyUnavailable("away")
    with pytest.raises(DependencyUnavailable):
        await desk.forget()
    assert len(desk.store.rows) == 1
    desk.archives.failure = None
    assert await desk.forget() == 1


async def test_sound_that_is_gone_is_listed(desk: Desk) -> None:
    await desk.ask()
    desk.archives.missing[TRACK.name] = "gone"
    await desk.make()
    assert desk.archives.left_out == [(TRACK.name, "gone")]
    assert len(desk.archives.stored) == 1
