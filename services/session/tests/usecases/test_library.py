"""Deleting, duplicating, marking and sharing sessions, on every store."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.moderation.verdict import Status, reviewed, text_address
from ab_session.domain.sharing import MOST_SHARES
from ab_shared.contracts import editing, rpc, sharing
from ab_shared.contracts.commands import SynthesizeRead
from ab_shared.contracts.events import GenerationSettled, JobChanged, SessionChanged
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.contracts.mixdowns import CancelMixdown, RequestMixdown
from ab_shared.errors import Conflict, Forbidden, FreeLimitReached, NotFound, ValidationFailed
from session_memory.rig import KEY, LINES, Rig, draft

WAKE_UP = CATALOGUE[0]
TOKEN = sha256(b"a token").hexdigest()


async def ready(rig: Rig, *, user: str = "user", key: str | None = None) -> UUID:
    created = await rig.create(user=user, key=key)
    await rig.made(created)
    return created.session.id


async def delete(rig: Rig, session_id: UUID, user: str = "user") -> None:
    await rig.ask(editing.DeleteSession(session_id=session_id, user_id=user))


async def read(rig: Rig, session_id: UUID, user: str = "user") -> rpc.SessionView:
    return await rig.ask(rpc.GetSession(session_id=session_id, user_id=user))


async def duplicate(rig: Rig, key: str = "k", **wish: Any) -> rpc.CreatedSession:
    request = {"session_id": session_id_for("user", key), "user_id": "user", **wish}
    return await rig.ask(editing.DuplicateSession.model_validate(request))


async def share(rig: Rig, session_id: UUID, token: str = TOKEN, **wish: Any) -> sharing.Share:
    request = {"session_id": session_id, "user_id": "user", "token_hash": token, **wish}
    return await rig.ask(sharing.ShareSession.model_validate(request))


async def opened(rig: Rig, token: str = TOKEN) -> sharing.SharedSession:
    return await rig.ask(sharing.GetShared(token_hash=token))


class DeletionContract:
    """What holds on every store."""

    async def test_a_deleted_session_is_gone_and_again_is_no_error(self, rig: Rig) -> None:
        session_id = await ready(rig)
        await delete(rig, session_id)
        await delete(rig, session_id)
        with pytest.raises(NotFound):
            await read(rig, session_id)
        with pytest.raises(NotFound):
            await rig.ask(rpc.EnsureAudio(session_id=session_id, user_id="user"))
        with pytest.raises(NotFound):
            await rig.ask(editing.EditSession(session_id=session_id, user_id="user", title="T"))
        page = await rig.ask(rpc.ListSessions(user_id="user", limit=50, offset=0))
        assert session_id not in {row.id for row in page.sessions}
        await rig.settle()
        gone = rig.broker.messages(SessionChanged)[-1]
        assert (gone.session_id, gone.deleted, gone.version) == (session_id, True, 3)
        assert len([e for e in rig.broker.messages(SessionChanged) if e.deleted]) == 1

    async def test_nobody_else_s_and_nobody_s_is_deleted(self, rig: Rig) -> None:
        await rig.wired.seed()
        session_id = await ready(rig)
        for wanted in (session_id, uuid4()):
            with pytest.raises(NotFound):
                await delete(rig, wanted, "stranger")
        with pytest.raises(Forbidden):
            await delete(rig, WAKE_UP.id)
        await delete(rig, session_id)
        with pytest.raises(NotFound):
            await delete(rig, session_id, "stranger")

    async def test_its_live_job_is_stopped_and_its_generation_goes_back(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await delete(rig, created.session.id)
        await rig.settle()
        assert [e.outcome for e in rig.broker.messages(GenerationSettled)] == ["released"]
        assert not rig.holding
        last = rig.broker.messages(JobChanged)[-1].job
        assert (last.id, last.status, last.error) == (created.job.id, "failed", "Cancelled")
        # What was in hand ends late and finds nobody.
        await rig.release()
        assert not rig.broker.dead

    async def test_what_it_cost_stays_spent(self, rig: Rig) -> None:
        await delete(rig, await ready(rig))
        await rig.settle()
        assert len(rig.holding) == 1

    async def test_a_retry_from_before_does_not_bring_it_back(self, rig: Rig) -> None:
        session_id = await ready(rig, key="draft")
        await delete(rig, session_id)
        with pytest.raises(Conflict):
            await rig.create(key="draft")
        with pytest.raises(Conflict):
            await rig.create(draft("I write something else now."), key="draft")
        assert len(rig.reserved) == 1
        assert await rig.session(session_id) is None

    async def test_a_create_at_the_moment_of_a_deletion_makes_nothing_or_the_same(
        self, rig: Rig
    ) -> None:
        session_id = await ready(rig, key="draft")
        done = await asyncio.gather(
            delete(rig, session_id),
            *(rig.create(key="draft") for _ in range(4)),
            return_exceptions=True,
        )
        assert done[0] is None
        assert all(isinstance(one, rpc.CreatedSession | Conflict) for one in done[1:])
        assert not any(getattr(one, "created", False) for one in done[1:])
        assert await rig.session(session_id) is None

    async def test_offline_files_in_the_making_are_called_off(self, rig: Rig) -> None:
        session_id = await ready(rig)
        wish = RequestMixdown(session_id=session_id, user_id="user", minutes=5)
        state = await rig.ask(wish)
        assert state.job is not None
        await delete(rig, session_id)
        await rig.settle()
        assert rig.called_off == [state.job.id]
        assert len(rig.broker.messages(CancelMixdown)) == 1
        with pytest.raises(NotFound):
            await rig.ask(rpc.GetJob(job_id=state.job.id, user_id="user"))

    async def test_a_deletion_and_an_edit_at_once_leave_nothing(self, rig: Rig) -> None:
        session_id = await ready(rig)
        edit = editing.EditSession(
            session_id=session_id, user_id="user", lines=("I choose a new line.",)
        )
        done = await asyncio.gather(
            rig.ask(edit), delete(rig, session_id), rig.ask(edit), return_exceptions=True
        )
        assert done[1] is None
        await rig.settle()
        assert await rig.session(session_id) is None
        assert await rig.latest(session_id) is None


class SharingContract:
    """What holds on every store."""

    async def test_a_link_shows_lines_and_all_there_is_to_play(self, rig: Rig) -> None:
        session_id = await ready(rig)
        made = await share(rig, session_id, expires_in_hours=2)
        assert (made.expires_at - made.created_at).total_seconds() == 7200
        shown = await opened(rig)
        assert (shown.title, shown.lines) == ("Mine", LINES)
        assert shown.bundle is not None
        listed = await rig.ask(sharing.ListShares(session_id=session_id, user_id="user"))
        assert listed.shares == (made,)
        # As it is now, not as it was.
        await rig.ask(editing.EditSession(session_id=session_id, user_id="user", title="Ours"))
        assert (await opened(rig)).title == "Ours"

    async def test_while_the_audio_is_being_made_there_are_lines_alone(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await share(rig, created.session.id)
        shown = await opened(rig)
        assert (shown.lines, shown.bundle) == (LINES, None)

    async def test_every_link_that_does_not_hold_looks_the_same(self, rig: Rig) -> None:
        said = set[str]()

        async def refused(token: str) -> None:
            with pytest.raises(NotFound) as caught:
                await opened(rig, token)
            said.add(caught.value.message)
            with pytest.raises(NotFound) as caught:
                await duplicate(rig, token_hash=token)
            said.add(caught.value.message)

        await refused("0" * 64)
        session_id = await ready(rig)
        made = await share(rig, session_id)
        await rig.ask(sharing.RevokeShare(session_id=session_id, user_id="user", share_id=made.id))
        await rig.ask(sharing.RevokeShare(session_id=session_id, user_id="user", share_id=made.id))
        await refused(TOKEN)
        await share(rig, session_id, expires_in_hours=1)
        rig.clock.advance(3601)
        await refused(TOKEN)
        await share(rig, session_id, "1" * 64)
        await delete(rig, session_id)
        await refused("1" * 64)
        assert len(said) == 1

    async def test_only_lines_that_were_approved_are_shared(self, rig: Rig) -> None:
        session_id = await ready(rig)
        await share(rig, session_id)
        line = text_address(KEY, LINES[0])
        async with rig.store.begin() as unit:
            pending = reviewed(Status.PENDING, None)
            await unit.moderation.decide(line, pending, "operator", rig.clock())
        with pytest.raises(NotFound):
            await opened(rig)
        with pytest.raises(Conflict):
            await share(rig, session_id, "2" * 64)

    async def test_only_owners_share_and_see_and_revoke(self, rig: Rig) -> None:
        await rig.wired.seed()
        session_id = await ready(rig)
        made = await share(rig, session_id)
        theirs = {"session_id": session_id, "user_id": "stranger"}
        for request in (
            sharing.ShareSession(**theirs, token_hash="3" * 64),
            sharing.ListShares(**theirs),
            sharing.RevokeShare(**theirs, share_id=made.id),
        ):
            with pytest.raises(NotFound):
                await rig.ask(request)
        other = await ready(rig)
        await rig.ask(sharing.RevokeShare(session_id=other, user_id="user", share_id=made.id))
        assert (await opened(rig)).title == "Mine"
        with pytest.raises(Forbidden):
            await share(rig, WAKE_UP.id, "4" * 64)

    async def test_links_are_bounded_even_at_once(self, rig: Rig) -> None:
        session_id = await ready(rig)
        done = await asyncio.gather(
            *(share(rig, session_id, f"{n:064x}") for n in range(MOST_SHARES + 5)),
            return_exceptions=True,
        )
        made = [one for one in done if isinstance(one, sharing.Share)]
        assert len(made) == MOST_SHARES
        assert sum(isinstance(one, Conflict) for one in done) == 5


class CopiesContract:
    """What holds on every store."""

    async def test_a_copy_of_the_catalogue_is_one_s_own(self, rig: Rig) -> None:
        await rig.wired.seed()
        made = await duplicate(rig, source_id=WAKE_UP.id)
        assert made.created
        view = made.session
        assert (view.owner_user_id, view.source, view.title) == ("user", "user", "Wake Up")
        assert (view.lines, view.frequency_hz) == (WAKE_UP.lines, 17)
        again = await duplicate(rig, source_id=WAKE_UP.id)
        assert (again.session.id, again.job.id, again.created) == (view.id, made.job.id, False)
        await rig.settle()
        assert len(rig.holding) == len(rig.reserved) == 1
        edited = await rig.ask(
            editing.EditSession(session_id=view.id, user_id="user", title="My wake up")
        )
        assert edited.session.title == "My wake up"

    async def test_a_copy_costs_a_generation_and_no_read(self, rig: Rig) -> None:
        session_id = await ready(rig)
        rig.studio.asked.clear()
        made = await duplicate(rig, source_id=session_id, title="Twice")
        assert (made.session.title, made.job.status) == ("Twice", "completed")
        await rig.settle()
        assert rig.studio.heard(SynthesizeRead) == 0
        assert len(rig.holding) == 2
        rig.generations["user"] = 0
        with pytest.raises(FreeLimitReached):
            await duplicate(rig, "other", source_id=session_id)

    async def test_a_shared_session_is_copied_and_stays(self, rig: Rig) -> None:
        session_id = await ready(rig, user="friend")
        await share(rig, session_id, user_id="friend")
        made = await duplicate(rig, token_hash=TOKEN)
        await delete(rig, session_id, "friend")
        assert (await read(rig, made.session.id)).lines == LINES

    async def test_what_cannot_be_heard_cannot_be_copied(self, rig: Rig) -> None:
        session_id = await ready(rig, user="friend")
        for source in (session_id, uuid4(), None):
            with pytest.raises(NotFound):
                await duplicate(rig, source_id=source)
        mine = await ready(rig)
        with pytest.raises(ValidationFailed):
            await duplicate(rig, source_id=mine, title="   ")

    async def test_favourites_are_marked_and_listed(self, rig: Rig) -> None:
        await rig.wired.seed()
        mine = await ready(rig)
        hidden = await ready(rig, user="friend")

        async def mark(session_id: UUID, *, favourite: bool = True) -> None:
            request = {"session_id": session_id, "user_id": "user", "favourite": favourite}
            await rig.ask(editing.SetFavourite.model_validate(request))

        for session_id in (mine, WAKE_UP.id, WAKE_UP.id):
            await mark(session_id)
        with pytest.raises(NotFound):
            await mark(hidden)
        wanted = rpc.ListSessions(user_id="user", limit=50, offset=0, favourites=True)
        page = await rig.ask(wanted)
        assert [row.id for row in page.sessions] == [WAKE_UP.id, mine]
        assert all(row.favourite for row in page.sessions)
        await mark(WAKE_UP.id, favourite=False)
        await mark(WAKE_UP.id, favourite=False)
        await delete(rig, mine)
        assert not (await rig.ask(wanted)).sessions


class LibraryContract(DeletionContract, SharingContract, CopiesContract):
    """All of it."""


class TestLibraryInMemory(LibraryContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig

    async def test_a_job_of_a_deleted_session_is_really_over(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await delete(rig, created.session.id)
        rows = rig.memory.rows
        assert [rows.jobs, rows.reads, rows.preparing] == [{}, {}, {}]


@pytest.mark.real
class TestLibraryOnPostgres(LibraryContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
