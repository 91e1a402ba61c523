"""Devices are told of what is ready, once, through a made-up Expo, on every store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from ab_session.adapters.expo import ExpoPushes
from ab_session.domain.notices import LEASE, MOST_LATE, RECEIPT_AFTER
from ab_session.notice_ports import Answer, Push
from ab_session.usecases.send_notices import ReadReceipts, SendNotices, TidyNotices
from ab_shared.contracts import notices, rpc
from ab_shared.contracts.events import ReadFailed
from ab_shared.contracts.job_desk import RequeueJob
from ab_shared.contracts.mixdowns import MixdownFailed, MixdownRendered, RequestMixdown
from ab_shared.errors import NotFound, ValidationFailed
from session_memory.rig import Rig, draft
from session_memory.studio import asset
from simulators.expo_app import Expo
from simulators.running import serving

BRIEF = timedelta(seconds=10)
LONG = timedelta(seconds=30)


def token(number: int = 1) -> str:
    return f"ExponentPushToken[{number:022d}]"


class Dying:
    """Sends, and dies before anybody hears of it."""

    def __init__(self, pushes: ExpoPushes) -> None:
        self._pushes = pushes

    async def send(self, pushes: Sequence[Push]) -> Sequence[Answer]:
        await self._pushes.send(pushes)
        raise asyncio.CancelledError

    async def receipts(self, tickets: Sequence[str]) -> dict[str, Answer]:
        raise NotImplementedError


class Office:
    """The service, a vendor that is played, and what stands between them."""

    def __init__(self, rig: Rig, expo: Expo, pushes: ExpoPushes) -> None:
        self.rig, self.expo, self.pushes = rig, expo, pushes
        self.send = SendNotices(rig.store, pushes, rig.clock, BRIEF)
        self.receipts = ReadReceipts(rig.store, pushes, rig.clock)
        self.tidy = TidyNotices(rig.store, rig.clock)

    async def register(self, number: int = 1, user: str = "user") -> notices.PushToken:
        request = notices.RegisterPushToken(user_id=user, token=token(number), platform="ios")
        return await self.rig.ask(request)

    async def devices(self, user: str = "user") -> tuple[notices.PushToken, ...]:
        return (await self.rig.ask(notices.ListPushTokens(user_id=user))).tokens

    async def track(self, took: timedelta = LONG, **changes: Any) -> rpc.CreatedSession:
        """A session whose track takes so long."""
        self.rig.muted = True
        created = await self.rig.create(draft(f"I am new {uuid4()}", **changes))
        await self.rig.settle()
        self.rig.clock.advance(took.total_seconds())
        await self.rig.release()
        return created

    def arrived(self) -> list[tuple[str, str]]:
        return [(one["to"], one["data"]["type"]) for one in self.expo.delivered]


class NoticeContract:
    """What every store gives devices."""

    @pytest.fixture
    def expo(self) -> Expo:
        return Expo()

    @pytest.fixture
    async def office(self, rig: Rig, expo: Expo) -> AsyncIterator[Office]:
        with serving(expo.app()) as url:
            async with httpx.AsyncClient(trust_env=False) as client:
                yield Office(rig, expo, ExpoPushes(client, url, None))

    async def test_each_device_is_told_once_that_a_track_is_ready(self, office: Office) -> None:
        await office.register(1)
        await office.register(2)
        await office.register(3, "somebody else")
        created = await office.track()
        assert await office.send() == 2
        assert await office.send() == 0
        assert sorted(office.arrived()) == [(token(n), "track_ready") for n in (1, 2)]
        told = office.expo.delivered[0]
        ids = {"sessionId": str(created.session.id), "jobId": str(created.job.id)}
        assert told["data"] == {"type": "track_ready", **ids}
        # Nothing of what somebody wrote is on a locked screen.
        assert created.session.title not in f"{told['title']} {told['body']}"
        assert "I am new" not in str(told)

    async def test_nobody_is_told_of_what_was_quick_cancelled_or_there(
        self, office: Office
    ) -> None:
        await office.register()
        rig = office.rig
        await office.track(took=timedelta(seconds=9))
        same = await rig.create(draft("I am here.", "I am now."))
        await rig.made(same)
        again = await rig.create(draft("I am here.", "I am now."))
        assert again.job.status == "completed"
        rig.muted = True
        late = await rig.create(draft("I am cancelled."))
        rig.clock.advance(60)
        await rig.ask(rpc.CancelJob(job_id=late.job.id, user_id="user"))
        await rig.release()
        await office.send()
        assert office.arrived() == []

    async def test_a_failure_is_told_and_so_is_the_track_of_a_later_attempt(
        self, office: Office
    ) -> None:
        await office.register()
        rig = office.rig
        rig.muted = True
        created = await rig.create(draft("I am hard to say."))
        await rig.settle()
        rig.clock.advance(60)
        spoken = [one for one in rig.held_back if hasattr(one, "speech_address")]
        failed = ReadFailed(
            speech_address=spoken[0].speech_address, code="SPEECH_REFUSED", message="No"
        )
        await rig.broker.send(failed)
        await rig.broker.send(failed)
        await rig.settle()
        await office.send()
        assert office.arrived() == [(token(), "track_failed")]
        request = RequeueJob(job_id=created.job.id, actor="me", actor_kind="operator")
        await rig.ask(request)
        await rig.release()
        await office.send()
        assert office.arrived()[1:] == [(token(), "track_ready")]

    async def test_an_offline_file_is_told_of(self, office: Office) -> None:
        await office.register()
        rig = office.rig
        created = await rig.create()
        await rig.made(created)
        wish = RequestMixdown(session_id=created.session.id, user_id="user", minutes=30)
        state = await rig.ask(wish)
        await rig.settle()
        rig.clock.advance(60)
        assert state.job is not None
        await rig.broker.send(_rendered(rig))
        await rig.settle()
        other = await rig.ask(wish.model_copy(update={"minutes": 60}))
        await rig.settle()
        rig.clock.advance(60)
        assert other.job is not None
        command = rig.mixing[-1]
        gone = {"mixdown_address": command.mixdown_address, "job_id": other.job.id}
        await rig.broker.send(MixdownFailed(**gone, code="OBJECT_MISSING", message="gone"))
        await rig.settle()
        await office.send()
        kinds = [kind for _, kind in office.arrived()]
        assert sorted(kinds) == ["offline_failed", "offline_ready"]

    async def test_a_death_after_sending_repeats_it_once_and_loses_nothing(
        self, office: Office
    ) -> None:
        await office.register()
        await office.track()
        dying = SendNotices(office.rig.store, Dying(office.pushes), office.rig.clock, BRIEF)
        with pytest.raises(asyncio.CancelledError):
            await dying()
        # While the lease lasts another instance leaves it alone.
        assert await office.send() == 0
        office.rig.clock.advance(LEASE.total_seconds() + 1)
        assert await office.send() == 1
        office.rig.clock.advance(LEASE.total_seconds() + 1)
        assert await office.send() == 0
        assert office.arrived() == [(token(), "track_ready")] * 2

    async def test_two_instances_never_send_the_same(self, office: Office) -> None:
        for number in range(1, 6):
            await office.register(number)
        for _ in range(3):
            await office.track()
        counts = await asyncio.gather(*(office.send() for _ in range(4)))
        assert sum(counts) == 15
        assert len(office.arrived()) == len(set(_ids(office))) == 15

    async def test_an_outage_delays_and_only_for_an_hour(self, office: Office) -> None:
        await office.register()
        await office.track()
        office.expo.vendor.faults.add("status", "send", times=2)
        for _ in range(3):
            await office.send()
            office.rig.clock.advance(60)
        assert office.arrived() == [(token(), "track_ready")]
        await office.track()
        office.rig.clock.advance(MOST_LATE.total_seconds() + 1)
        assert await office.tidy() == 1
        assert await office.send() == 0
        assert len(office.arrived()) == 1

    async def test_one_that_spoils_all_is_found(self, office: Office) -> None:
        for number in range(1, 6):
            await office.register(number)
        office.expo.projects = {token(4): "@another/app"}
        await office.track()
        assert await office.send() == 5
        # Each project by itself is fine: all arrive, in requests of their own.
        assert len(office.arrived()) == 5

    async def test_a_device_that_is_gone_is_told_no_more(self, office: Office) -> None:
        await office.register(1)
        await office.register(2)
        office.expo.gone = [token(1)]
        await office.track()
        await office.send()
        assert [one.token for one in await office.devices()] == [_masked(2)]
        office.expo.gone_later = [token(2)]
        assert await office.receipts() == 0
        office.rig.clock.advance(RECEIPT_AFTER.total_seconds() + 1)
        assert await office.receipts() == 1
        assert await office.devices() == ()

    async def test_a_device_that_came_back_since_is_still_told(self, office: Office) -> None:
        await office.register()
        await office.track()
        await office.send()
        office.rig.clock.advance(60)
        # The app was put on the phone again, which has the same token.
        await office.register()
        office.expo.gone_later = [token()]
        office.rig.clock.advance(RECEIPT_AFTER.total_seconds())
        assert await office.receipts() == 1
        assert len(await office.devices()) == 1
        office.rig.clock.advance(RECEIPT_AFTER.total_seconds())
        assert await office.receipts() == 0

    async def test_receipts_are_asked_for_until_they_are_there_and_a_day_at_most(
        self, office: Office
    ) -> None:
        await office.register()
        await office.track()
        await office.send()
        office.expo.silent = True
        for _ in range(30):
            office.rig.clock.advance(3600)
            await office.receipts()
        asked = office.expo.vendor.answered["receipts"]
        assert 22 <= asked <= 24
        assert await office.devices()

    async def test_a_device_belongs_to_whoever_registered_it_last(self, office: Office) -> None:
        first = await office.register(1)
        await office.track()
        second = await office.register(1, "somebody else")
        assert second.id != first.id
        assert await office.devices() == ()
        # What the one before was to be told is not told to the next.
        await office.send()
        assert office.arrived() == []
        with pytest.raises(NotFound):
            await office.rig.ask(notices.DropPushToken(user_id="user", token_id=second.id))
        drop = notices.DropPushToken(user_id="somebody else", token_id=second.id)
        await office.rig.ask(drop)
        with pytest.raises(NotFound):
            await office.rig.ask(drop)

    async def test_devices_are_bounded_masked_and_the_last_seen_first(self, office: Office) -> None:
        for number in range(1, notices.MOST_TOKENS + 3):
            await office.register(number)
            office.rig.clock.advance(1)
        again = await office.register(5)
        found = await office.devices()
        assert len(found) == notices.MOST_TOKENS
        assert (found[0].id, found[0].token) == (again.id, _masked(5))
        assert found[0].created_at < found[0].seen_at
        assert _masked(1) not in {one.token for one in found}

    async def test_what_is_no_expo_token_is_refused(self, office: Office) -> None:
        for wrong in ("", "ExponentPushToken[]", "x" * 40, "ExponentPushToken[ab cd efgh]"):
            with pytest.raises((ValidationFailed, ValueError)):
                await office.rig.ask(
                    notices.RegisterPushToken(user_id="user", token=wrong, platform="ios")
                )


class TestInMemory(NoticeContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestOnPostgres(NoticeContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig


def _masked(number: int) -> str:
    inside = f"{number:022d}"
    return f"ExponentPushToken[{inside[:4]}\u2026{inside[-4:]}]"


def _ids(office: Office) -> list[tuple[str, UUID]]:
    return [(one["to"], UUID(one["data"]["jobId"])) for one in office.expo.delivered]


def _rendered(rig: Rig) -> MixdownRendered:
    command = rig.mixing[-1]
    return MixdownRendered(
        mixdown_address=command.mixdown_address,
        asset=asset(f"mixdowns/{command.mixdown_address}/mixdown.m4a", command.minutes * 60_000),
        loudness_lufs=-19.9,
        true_peak_dbtp=-2.0,
        profile_version="mixdown-1",
        render_ms=1000,
    )
