"""What administrators see of sessions and do to them: nothing written is shown for nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from ab_session.domain.job import Stage
from ab_session.domain.session import Generation
from ab_shared.contracts.affirmations import WriteAffirmations
from ab_shared.contracts.analytics import GetAnalytics, RollUpDay
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.commands import RenderTrack, SynthesizeRead
from ab_shared.contracts.desk_stats import GetSessionStats
from ab_shared.contracts.job_desk import ListJobs, RequeueJob, StopJob
from ab_shared.contracts.mixdowns import RequestMixdown
from ab_shared.contracts.privacy import Erased
from ab_shared.contracts.rpc import CreatedSession, EnsureAudio
from ab_shared.contracts.session_desk import (
    DeleteAnySession,
    GoneSound,
    ListAnySessions,
    ListNeededObjects,
    ReadLines,
    RebuildAudio,
    RebuiltAudio,
)
from ab_shared.errors import Conflict, NotFound
from ab_shared.messaging.ports import Subscriptions
from session_memory.rig import Rig, draft
from session_memory.studio import Studio

pytestmark = pytest.mark.real
WHO = {"actor": "user_ada", "actor_kind": "admin", "reason": "it never played"}


class Office:
    """The rig with somebody who keeps the trail."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.trail: list[AuditRecorded] = []
        self.auth = rig.broker.bus("auth")

    async def start(self) -> None:
        heard = Subscriptions()
        heard.on(AuditRecorded, self._keep)
        heard.on(Erased, self._ignore)
        await self.auth.serve(heard)

    async def _keep(self, entry: AuditRecorded) -> None:
        self.trail.append(entry)

    async def _ignore(self, _event: Erased) -> None:
        """Nobody is erased here."""

    async def deeds(self) -> list[tuple[str, str, str | None]]:
        await self.rig.settle()
        return [(entry.action, entry.subject, entry.reason) for entry in self.trail]

    async def made(self, *lines: str, user: str = "user") -> CreatedSession:
        created = await self.rig.create(draft(*lines), user=user)
        assert (await self.rig.made(created)).stage is Stage.READY
        return created

    async def rebuild(self, created: CreatedSession, **more: object) -> RebuiltAudio:
        asked = {"session_id": created.session.id, **WHO, **more}
        return await self.rig.ask(RebuildAudio.model_validate(asked))


@pytest.fixture
async def office(postgres_rig: Rig) -> AsyncIterator[Office]:
    office = Office(postgres_rig)
    await office.start()
    yield office
    await office.auth.close()


async def test_everybody_s_sessions_without_what_they_wrote(office: Office) -> None:
    rig = office.rig
    mine = await office.made("I am here.", "I rest.")
    rig.muted = True
    other = await rig.create(draft("I am elsewhere.", goal_tag="Sleep"), user="other")
    odd = await rig.create(draft("I think.", goal_tag="my husband Bob"), user="other")
    await rig.settle()
    page = await rig.ask(ListAnySessions(limit=2))
    assert page.next_before is not None
    rest = await rig.ask(ListAnySessions(limit=2, before=page.next_before))
    rows = {row.session_id: row for row in (*page.sessions, *rest.sessions)}
    assert set(rows) == {mine.session.id, other.session.id, odd.session.id}
    seen = rows[mine.session.id]
    assert (seen.state, seen.lines, seen.owner_user_id) == ("ready", 2, "user")
    assert (rows[other.session.id].state, rows[other.session.id].goal_tag) == ("working", "Sleep")
    assert rows[odd.session.id].goal_tag is None
    assert "here" not in page.model_dump_json() + rest.model_dump_json()
    for wanted, found in (
        ({"owner_user_id": "user"}, {mine.session.id}),
        ({"state": "working"}, {other.session.id, odd.session.id}),
        ({"state": "ready"}, {mine.session.id}),
        ({"state": "failed"}, set()),
        ({"goal": "SLEEP"}, {other.session.id}),
        ({"source": "catalog"}, set()),
        ({"session_id": odd.session.id}, {odd.session.id}),
    ):
        told = await rig.ask(ListAnySessions.model_validate(wanted))
        assert {row.session_id for row in told.sessions} == found, wanted


async def test_lines_are_read_for_a_reason_that_is_kept(office: Office) -> None:
    created = await office.made("I am here.")
    asked = ReadLines.model_validate({"session_id": created.session.id, **WHO})
    assert (await office.rig.ask(asked)).lines == ("I am here.",)
    subject = f"session:{created.session.id}"
    assert await office.deeds() == [("session.read_lines", subject, "it never played")]
    assert "I am here" not in office.trail[0].model_dump_json()
    nobody = asked.model_copy(update={"session_id": created.job.id})
    with pytest.raises(NotFound):
        await office.rig.ask(nobody)
    assert len(await office.deeds()) == 1


async def test_all_that_a_session_needs(office: Office) -> None:
    created = await office.made("I am here.", "I rest.", "I rest.")
    asked = ListNeededObjects(session_id=created.session.id)
    needed = await office.rig.ask(asked)
    roles = [(one.kind, one.role) for one in needed.objects]
    assert roles[:3] == [("track", "plays"), ("stem", "plays"), ("stem", "plays")]
    # A line that stands twice is made once.
    assert roles.count(("prepared", "makes")) == roles.count(("speech", "makes")) == 4
    assert all(one.bytes and one.sha256 for one in needed.objects[:3])
    with pytest.raises(NotFound):
        await office.rig.ask(ListNeededObjects(session_id=created.job.id))


async def test_what_is_whole_is_not_made_again_unless_it_is_forced(office: Office) -> None:
    created = await office.made("I am here.")
    left = office.rig.generations["user"]
    assert (await office.rebuild(created)).job is None
    assert await office.deeds() == []
    office.rig.muted = True
    forced = await office.rebuild(created, force=True)
    assert forced.job is not None
    with pytest.raises(Conflict):
        await office.rebuild(created, force=True)
    assert [type(c) for c in office.rig.held_back] == []
    await office.rig.settle()
    # Nothing is spoken or paid for again: the reads are there.
    assert {type(c) for c in office.rig.held_back} == {RenderTrack}
    await office.rig.release()
    job = await office.rig.job(forced.job.id)
    assert (job.stage, job.holds_generation, job.attempt) == (Stage.READY, False, 2)
    session = await office.rig.session(created.session.id)
    assert session is not None
    assert session.audio is not None
    assert session.generation is Generation.COMMITTED
    assert office.rig.generations["user"] == left
    deeds = await office.deeds()
    assert [action for action, _, _ in deeds] == ["session.rebuild_audio"]
    assert office.trail[0].after is not None
    assert office.trail[0].after["forced"] is True


async def test_what_is_gone_is_made_again_for_everybody_who_has_it(office: Office) -> None:
    created = await office.made("I am here.")
    twin = await office.made("I am here.", user="other")
    needed = await office.rig.ask(ListNeededObjects(session_id=created.session.id))
    office.rig.studio = Studio()
    gone = [GoneSound(kind=one.kind, name=one.name) for one in needed.objects]
    rebuilt = await office.rebuild(created, gone=gone)
    assert rebuilt.job is not None
    assert rebuilt.forgotten == len(gone)
    await office.rig.settle()
    assert (await office.rig.job(rebuilt.job.id)).stage is Stage.READY
    ready = EnsureAudio(session_id=twin.session.id, user_id="other")
    assert (await office.rig.ask(ready)).ready


async def test_numbers_at_a_glance(office: Office) -> None:
    await office.made("I am here.")
    office.rig.muted = True
    waits = await office.rig.create(draft("I wait."))
    stopped = await office.rig.create(draft("I stop."))
    deed = StopJob(job_id=stopped.job.id, actor="jo", actor_kind="operator")
    await office.rig.ask(deed)
    stats = await office.rig.ask(GetSessionStats())
    assert (stats.sessions, stats.created_today, stats.created_week) == (3, 3, 3)
    assert (stats.renders_ok, stats.renders_failed, stats.renders_cancelled) == (1, 0, 1)
    assert stats.jobs == {"queued": 1}
    assert stats.oldest_job_at == waits.job.created_at
    office.rig.clock.advance(3 * 86400)
    later = await office.rig.ask(GetSessionStats())
    assert (later.created_today, later.created_week, later.renders_ok) == (0, 3, 0)


async def test_jobs_for_offline_files_are_listed_too(office: Office) -> None:
    created = await office.made("I am here.")
    wish = RequestMixdown(session_id=created.session.id, user_id="user", minutes=5)
    asked = await office.rig.ask(wish)
    assert asked.job is not None
    await office.rig.settle()
    files = await office.rig.ask(ListJobs(kind="mixdown", stages=("queued", "mixing")))
    assert [row.job.id for row in files.jobs] == [asked.job.id]
    assert (await office.rig.ask(ListJobs(kind="mixdown", stages=("failed",)))).jobs == ()
    assert [row.job.id for row in (await office.rig.ask(ListJobs())).jobs] == [created.job.id]
    again = RequeueJob(job_id=asked.job.id, actor="jo", actor_kind="operator")
    with pytest.raises(Conflict):
        await office.rig.ask(again)


async def test_a_day_holds_who_wrote_created_and_had_it_rendered(office: Office) -> None:
    rig = office.rig
    await rig.ask(WriteAffirmations(user_id="user", goal="rest"))
    await office.made("I am here.")
    await office.made("I am here.", user="other")
    day = rig.clock().date()
    rolled = await rig.ask(RollUpDay(day=day, actor="user_ada", actor_kind="admin"))
    seen = rolled.counts
    assert (seen["generated"], seen["created"], seen["ready"], seen["active"]) == (1, 2, 2, 2)
    assert (seen["rendersOk"], seen["reads"], seen["readsMade"]) == (2, 4, 2)
    found = await rig.ask(GetAnalytics(first=day, last=day))
    assert found.days == (rolled,)
    assert [action for action, _, _ in await office.deeds()] == ["analytics.roll_up"]


async def test_speech_is_asked_for_anew_where_it_is_gone(office: Office) -> None:
    created = await office.made("I am here.")
    needed = await office.rig.ask(ListNeededObjects(session_id=created.session.id))
    office.rig.muted = True
    gone = [
        GoneSound(kind=one.kind, name=one.name) for one in needed.objects if one.role != "plays"
    ]
    # Nothing that is heard is broken: it is known for the next edit, and no job begins.
    assert (await office.rebuild(created, gone=gone)).job is None
    assert (await office.rebuild(created, force=True)).job is not None
    await office.rig.settle()
    assert SynthesizeRead in {type(c) for c in office.rig.held_back}


async def test_a_session_that_could_not_be_deleted_leaves_no_entry(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await office.made("I am here.")
    asked = DeleteAnySession.model_validate({"session_id": created.session.id, **WHO})

    async def busy(*_: object) -> None:
        """Somebody always begins a job meanwhile."""

    monkeypatch.setattr("ab_session.usecases.delete_session.hold_session", busy)
    with pytest.raises(Conflict):
        await office.rig.ask(asked)
    assert await office.rig.session(created.session.id) is not None
    assert await office.deeds() == []


async def test_a_session_is_deleted_for_a_reason(office: Office) -> None:
    created = await office.made("I am here.")
    asked = DeleteAnySession.model_validate({"session_id": created.session.id, **WHO})
    await office.rig.ask(asked)
    assert await office.rig.session(created.session.id) is None
    subject = f"session:{created.session.id}"
    assert await office.deeds() == [("session.delete", subject, "it never played")]
    with pytest.raises(NotFound):
        await office.rig.ask(asked)
    await office.rig.wired.seed()
    catalogue = (await office.rig.ask(ListAnySessions(source="catalog", limit=1))).sessions[0]
    with pytest.raises(Conflict):
        await office.rig.ask(asked.model_copy(update={"session_id": catalogue.session_id}))
