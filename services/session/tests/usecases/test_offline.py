"""Licences, changes since a version, and everything that is kept offline, on every store."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.domain.offline import KEPT
from ab_session.usecases.export_user import ExportUser
from ab_session.usecases.request_mixdown import MAX_LIVE
from ab_shared.contracts.editing import DeleteSession, EditSession
from ab_shared.contracts.events import EntitlementChanged, StemPublished
from ab_shared.contracts.exporting import ExportSessions
from ab_shared.contracts.mixdowns import (
    DownloadManifest,
    GetDownload,
    MixdownRendered,
    RequestMixdown,
)
from ab_shared.contracts.notices import ListPushTokens, RegisterPushToken
from ab_shared.contracts.offline import ForgetOffline, KeptSession, ListOffline, OfflineShelf
from ab_shared.contracts.privacy import ErasureRequested
from ab_shared.contracts.rpc import EnsureAudio
from ab_shared.errors import Conflict, EntitlementRequired, NotFound
from session_memory.rig import Rig, draft
from session_memory.studio import asset

DAY = timedelta(days=1)


def midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


class OfflineContract:
    """What every store gives whoever keeps files."""

    async def _session(self, rig: Rig, **changes: Any) -> UUID:
        created = await rig.create(draft(**changes))
        await rig.made(created)
        return created.session.id

    async def _file(self, rig: Rig, session_id: UUID, user: str = "user", minutes: int = 30) -> str:
        """Has an offline file made; its address."""
        wish = RequestMixdown(session_id=session_id, user_id=user, minutes=minutes)
        state = await rig.ask(wish)
        await rig.settle()
        if not state.ready:
            await rig.broker.send(_rendered(rig.mixing[-1].mixdown_address, minutes))
            await rig.settle()
        return rig.mixing[-1].mixdown_address

    async def _manifest(
        self, rig: Rig, session_id: UUID, since: str | None = None, user: str = "user"
    ) -> DownloadManifest:
        return await rig.ask(GetDownload(session_id=session_id, user_id=user, since=since))

    async def _shelf(self, rig: Rig, user: str = "user") -> OfflineShelf:
        return await rig.ask(ListOffline(user_id=user))

    async def _only(self, rig: Rig) -> KeptSession:
        (kept,) = (await self._shelf(rig)).sessions
        return kept

    async def _tell(self, rig: Rig, user: str = "user") -> None:
        await rig.broker.send(EntitlementChanged(user_id=user, version=1))
        await rig.settle()

    async def test_every_layer_has_a_file_of_its_own(self, rig: Rig) -> None:
        session_id = await self._session(rig, title="Calm/ evening")
        address = await self._file(rig, session_id)
        items = (await self._manifest(rig, session_id)).items
        assert [item.role for item in items] == [
            *("affirmations", "binaural", "background", "mixdown")
        ]
        # Each is named by its content, so that another id is another file.
        assert all(item.asset_id in item.asset.key for item in items)
        assert items[3].asset_id == address
        assert items[3].file_name == "Calm evening 30 min.m4a"
        assert "Calm" not in items[3].asset.key

    async def test_only_what_changed_since_a_version_is_told(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        first = await self._manifest(rig, session_id)
        same = await self._manifest(rig, session_id, first.version)
        assert (same.items, same.removed, same.since) == ((), (), first.version)
        address = await self._file(rig, session_id)
        second = await self._manifest(rig, session_id, first.version)
        assert [item.asset_id for item in second.items] == [address]
        assert second.version != first.version
        edit = EditSession(session_id=session_id, user_id="user", lines=("I am another line.",))
        await rig.ask(edit)
        await rig.settle()
        third = await self._manifest(rig, session_id, second.version)
        assert [item.role for item in third.items] == ["affirmations"]
        # The track of before and the file that was mixed of it.
        assert set(third.removed) == {first.items[0].asset_id, address}
        # From the first version on it is the same change, less what was never held.
        jump = await self._manifest(rig, session_id, first.version)
        assert jump.items == third.items
        assert jump.removed == (first.items[0].asset_id,)

    async def test_a_version_nobody_remembers_is_answered_with_everything(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        whole = await self._manifest(rig, session_id)
        for since in ("0" * 16, "nonsense \u2603", "'; DROP TABLE sessions"):
            again = await self._manifest(rig, session_id, since)
            assert (again.since, again.items, again.removed) == (None, whole.items, ())

    async def test_a_stem_made_anew_is_another_file(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        before = await self._manifest(rig, session_id)
        stem = next(one for one in rig.broker.messages(StemPublished) if "brook" in one.stem_id)
        anew = asset(f"stems/{'e' * 64}/Babbling Brook.m4a")
        await rig.broker.send(stem.model_copy(update={"asset": anew}))
        await rig.settle()
        after = await self._manifest(rig, session_id, before.version)
        assert [item.asset_id for item in after.items] == ["e" * 64]
        assert after.removed == (before.items[2].asset_id,)

    async def test_a_licence_lasts_as_long_as_the_plan_and_a_month_at_most(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        longest = midnight(rig.clock()) + 31 * DAY
        licences = []
        for until in (None, rig.clock() + 3 * DAY, rig.clock() + 300 * DAY):
            rig.paid_until = until
            licences.append((await self._manifest(rig, session_id)).licence)
        ends = [licence.expires_at for licence in licences if licence]
        assert ends == [longest, rig.clock() + 3 * DAY, longest]
        # Within a day it stays the same, so that nothing has to be fetched anew.
        rig.paid_until = None
        rig.clock.advance(60)
        later = (await self._manifest(rig, session_id)).licence
        assert later is not None
        assert later.expires_at == longest
        assert later.issued_at > licences[0].issued_at

    async def test_one_call_says_how_everything_stands(self, rig: Rig) -> None:
        assert await self._shelf(rig, "free") == OfflineShelf(sessions=())
        mine, gone = [await self._session(rig, title=title) for title in ("One", "Two")]
        held = await self._manifest(rig, mine)
        rig.clock.advance(1)
        await self._manifest(rig, gone)
        await self._file(rig, mine)
        await rig.ask(DeleteSession(session_id=gone, user_id="user"))
        shelf = await self._shelf(rig)
        assert shelf.licence is not None
        assert [(one.session_id, one.state) for one in shelf.sessions] == [
            (gone, "revoked"),
            (mine, "valid"),
        ]
        kept = shelf.sessions[1]
        assert kept.handed_version == held.version
        assert kept.version == (await self._manifest(rig, mine)).version != held.version
        await rig.ask(ForgetOffline(user_id="user", session_id=gone))
        assert (await self._only(rig)).session_id == mine
        with pytest.raises(NotFound):
            await rig.ask(ForgetOffline(user_id="user", session_id=gone))

    async def test_a_downgrade_locks_then_revokes_and_a_plan_that_comes_back_costs_nothing(
        self, rig: Rig
    ) -> None:
        session_id = await self._session(rig)
        address = await self._file(rig, session_id)
        await self._manifest(rig, session_id)
        del rig.pro["user"]
        lapsed = rig.clock()
        await self._tell(rig)
        rig.clock.advance(60)
        await self._tell(rig)
        with pytest.raises(EntitlementRequired):
            await self._manifest(rig, session_id)
        shelf = await self._shelf(rig)
        assert shelf.licence is None
        assert (shelf.sessions[0].state, shelf.sessions[0].delete_at) == ("expired", lapsed + KEPT)
        await rig.wired.drop_unwanted()
        rig.clock.advance(timedelta(days=29).total_seconds())
        assert await rig.wired.drop_unwanted() == 0
        rig.pro["user"] = 120
        await self._tell(rig)
        assert (await self._only(rig)).state == "valid"
        assert (await self._manifest(rig, session_id)).items[3].asset_id == address
        assert len(rig.mixing) == 1
        # Wanted again, it is not dropped when its month would have been over.
        rig.clock.advance(timedelta(days=5).total_seconds())
        assert await rig.wired.drop_unwanted() == 0
        del rig.pro["user"]
        await self._tell(rig)
        await rig.wired.drop_unwanted()
        rig.clock.advance(timedelta(days=30, seconds=1).total_seconds())
        assert (await self._only(rig)).state == "revoked"
        assert await rig.wired.drop_unwanted() == 1
        await rig.settle()
        assert rig.dropped == [address]
        rig.pro["user"] = 120
        items = (await self._manifest(rig, session_id)).items
        assert [item.role for item in items] == ["affirmations", "binaural", "background"]

    async def test_a_plan_that_ends_while_nobody_says_so_is_noticed(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        rig.paid_until = rig.clock() + DAY
        await self._manifest(rig, session_id)
        assert await rig.wired.licences() == 0
        rig.clock.advance(DAY.total_seconds())
        # In grace the plan is there for longer: only the licence is renewed.
        rig.paid_until = rig.clock() + DAY
        assert await rig.wired.licences() == 1
        assert await rig.wired.licences() == 0
        rig.clock.advance(DAY.total_seconds())
        del rig.pro["user"]
        assert await rig.wired.licences() == 1
        rig.clock.advance(60)
        kept = await self._only(rig)
        assert kept.state == "expired"
        assert kept.delete_at == rig.clock() - timedelta(seconds=60) + KEPT

    async def test_one_listener_nobody_can_tell_of_holds_up_no_other(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        catalogue = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
        await rig.wired.seed()
        await rig.ask(EnsureAudio(session_id=catalogue, user_id="user"))
        await rig.settle()
        rig.pro["first"] = 120
        rig.paid_until = rig.clock() + DAY
        await self._manifest(rig, catalogue, user="first")
        rig.clock.advance(1)
        rig.paid_until = rig.clock() + DAY
        await self._manifest(rig, session_id)
        rig.clock.advance(DAY.total_seconds())
        rig.unreadable.add("first")
        del rig.pro["user"]
        await rig.wired.licences()
        assert (await self._only(rig)).state == "expired"
        async with rig.store.begin() as unit:
            assert list(await unit.offline.run_out(rig.clock(), 10)) == ["first"]

    async def test_a_file_two_listeners_share_goes_with_the_last(self, rig: Rig) -> None:
        rig.pro["other"] = 120
        catalogue = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
        await rig.wired.seed()
        await self._file_of_catalogue(rig, catalogue)
        del rig.pro["user"]
        await self._tell(rig)
        await rig.wired.drop_unwanted()
        rig.clock.advance((KEPT + DAY).total_seconds())
        assert await rig.wired.drop_unwanted() == 0
        del rig.pro["other"]
        await self._tell(rig, "other")
        await rig.wired.drop_unwanted()
        rig.clock.advance((KEPT + DAY).total_seconds())
        assert await rig.wired.drop_unwanted() == 1

    async def _file_of_catalogue(self, rig: Rig, session_id: UUID) -> None:
        await rig.ask(EnsureAudio(session_id=session_id, user_id="user"))
        await rig.settle()
        first = await self._file(rig, session_id)
        assert await self._file(rig, session_id, "other") == first

    async def test_the_files_of_a_deleted_session_go_at_the_next_look(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        address = await self._file(rig, session_id)
        await rig.ask(DeleteSession(session_id=session_id, user_id="user"))
        assert await rig.wired.drop_unwanted() == 1
        await rig.settle()
        assert rig.dropped == [address]

    async def test_somebody_elses_session_does_not_exist(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        rig.pro["stranger"] = 120
        with pytest.raises(NotFound):
            await self._manifest(rig, session_id, user="stranger")
        assert (await self._shelf(rig, "stranger")).sessions == ()

    async def test_only_so_many_are_in_the_making_however_many_ask_at_once(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        wishes = [
            RequestMixdown(session_id=session_id, user_id="user", minutes=minutes)
            for minutes in range(10, 20)
        ]
        asked = await asyncio.gather(*map(rig.ask, wishes), return_exceptions=True)
        refused = [one for one in asked if isinstance(one, Conflict)]
        assert len(refused) == len(wishes) - MAX_LIVE, asked
        await rig.settle()
        assert len(rig.mixing) == MAX_LIVE


class TestInMemory(OfflineContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestOnPostgres(OfflineContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig

    async def test_what_is_kept_and_devices_are_exported_and_erased(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        await self._manifest(rig, session_id)
        device = "ExponentPushToken[0123456789012345678901]"
        for user in ("user", "other"):
            sent = {"user_id": user, "token": device[:-2] + user[0] + "]", "platform": "android"}
            await rig.ask(RegisterPushToken.model_validate(sent))
        rig.muted = True
        await rig.create(draft("I am new."))
        await rig.settle()
        await rig.release()
        kinds, after = [], ""
        while True:
            page = await ExportUser(rig.store)(ExportSessions(user_id="user", after=after))
            kinds += [record.kind for record in page.records]
            if page.next is None:
                break
            after = page.next
        assert kinds[-4:] == ["offline-licence", "offline-versions", "devices", "notices"]
        await rig.broker.send(ErasureRequested(erasure_id=UUID(int=5), user_id="user"))
        await rig.settle()
        assert (await self._shelf(rig)).sessions == ()
        assert (await rig.ask(ListPushTokens(user_id="user"))).tokens == ()
        assert len((await rig.ask(ListPushTokens(user_id="other"))).tokens) == 1


def _rendered(address: str, minutes: int) -> MixdownRendered:
    return MixdownRendered(
        mixdown_address=address,
        asset=asset(f"mixdowns/{address}/mixdown.m4a", minutes * 60_000),
        loudness_lufs=-19.9,
        true_peak_dbtp=-2.0,
        profile_version="mixdown-1",
        render_ms=1000,
    )
