"""Offline files from the wish to the manifest, on every store."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.mixdown import MIXING_BUDGET, QUEUE_BUDGET
from ab_session.usecases.request_mixdown import MAX_LIVE
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.events import GenerationSettled, JobChanged
from ab_shared.contracts.job_desk import StopJob
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.mixdowns import (
    DownloadManifest,
    GetDownload,
    MixdownFailed,
    MixdownProgressed,
    MixdownRendered,
    MixdownState,
    RenderMixdown,
    RequestMixdown,
)
from ab_shared.contracts.reconciling import ForgetSounds, ListSounds
from ab_shared.errors import (
    AudioNotReady,
    Conflict,
    EntitlementRequired,
    NotFound,
    ValidationFailed,
)
from session_memory.rig import Rig, draft
from session_memory.studio import asset


def rendered(command: RenderMixdown) -> MixdownRendered:
    return MixdownRendered(
        mixdown_address=command.mixdown_address,
        asset=asset(f"mixdowns/{command.mixdown_address}/Mine.m4a", command.minutes * 60_000),
        loudness_lufs=-19.9,
        true_peak_dbtp=-2.0,
        profile_version="mixdown-1",
        render_ms=1000,
    )


class MixdownContract:
    """What every store gives an offline file."""

    async def _session(self, rig: Rig) -> UUID:
        created = await rig.create()
        await rig.made(created)
        return created.session.id

    async def _ask(self, rig: Rig, session_id: UUID, **changes: Any) -> MixdownState:
        fields = {"session_id": session_id, "user_id": "user", "minutes": 30, **changes}
        state = await rig.ask(RequestMixdown.model_validate(fields))
        await rig.settle()
        return state

    async def _job(self, rig: Rig, job_id: UUID, user: str = "user") -> JobSnapshot:
        return await rig.ask(rpc.GetJob(job_id=job_id, user_id=user))

    async def _manifest(self, rig: Rig, session_id: UUID, user: str = "user") -> DownloadManifest:
        return await rig.ask(GetDownload(session_id=session_id, user_id=user))

    async def _say(self, rig: Rig, event: Any) -> None:
        await rig.broker.send(event)
        await rig.settle()

    async def test_from_the_wish_to_the_manifest(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        reserved = len(rig.reserved)
        state = await self._ask(rig, session_id, fade_out=True)
        assert state.job is not None
        assert (state.ready, state.job.type, state.job.status) == (False, "mixdown", "pending")
        (command,) = rig.mixing
        assert (command.job_id, command.minutes, command.fade_out) == (state.job.id, 30, True)
        await self._say(
            rig, MixdownProgressed(mixdown_address=command.mixdown_address, progress=0.5)
        )
        half = await self._job(rig, state.job.id)
        assert (half.status, half.stage, half.progress) == ("processing", "mixing", 0.495)
        for _ in range(2):
            await self._say(rig, rendered(command))
        done = await self._job(rig, state.job.id)
        assert (done.status, done.progress, done.error) == ("completed", 1.0, None)
        manifest = await self._manifest(rig, session_id)
        roles = [item.role for item in manifest.items]
        assert roles == ["affirmations", "binaural", "background", "mixdown"]
        assert manifest.items[-1].asset == rendered(command).asset
        # A mixdown costs no generation, neither now nor when it has ended.
        assert len(rig.reserved) == reserved
        assert len(rig.broker.messages(GenerationSettled)) == 1

    async def test_it_is_made_of_what_players_are_told(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        await self._ask(rig, session_id)
        bundle = await rig.ask(rpc.GetPlaybackBundle(session_id=session_id, user_id="user"))
        (command,) = rig.mixing
        assert command.segments == bundle.segments
        assert command.voice.asset == bundle.track.asset
        assert command.background == bundle.background
        assert command.brain_layer == bundle.binaural
        assert (command.mix, command.title) == (bundle.mix, "Mine")

    async def test_the_same_wish_is_one_job_and_then_one_file(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        first, second = [await self._ask(rig, session_id) for _ in range(2)]
        assert first.job is not None
        assert second.job is not None
        assert first.job.id == second.job.id
        assert len(rig.mixing) == 1
        await self._say(rig, rendered(rig.mixing[0]))
        assert (await self._ask(rig, session_id)).ready
        assert len(rig.mixing) == 1

    async def test_a_file_that_is_gone_is_made_anew(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        await self._ask(rig, session_id)
        await self._say(rig, rendered(rig.mixing[0]))
        address = rig.mixing[0].mixdown_address
        operator = rig.broker.bus("operator")
        for forgotten in (1, 0):
            known = await operator.call(ListSounds(kind="mixdown"))
            assert known.names == (address,) * forgotten
            gone = await operator.call(ForgetSounds(kind="mixdown", names=(address,)))
            assert (gone.sounds, gone.sessions) == (forgotten, 0)
        await operator.close()
        manifest = await self._manifest(rig, session_id)
        assert "mixdown" not in [item.role for item in manifest.items]
        again = await self._ask(rig, session_id)
        assert not again.ready
        assert [command.mixdown_address for command in rig.mixing] == [address, address]
        assert rig.mixing[0].job_id != rig.mixing[1].job_id
        await self._say(rig, rendered(rig.mixing[1]))
        assert (await self._ask(rig, session_id)).ready

    async def test_wishes_at_the_same_moment_are_one_job(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        states = await asyncio.gather(*(self._ask(rig, session_id) for _ in range(4)))
        assert len({state.job.id for state in states if state.job}) == 1
        assert len(rig.mixing) == 1

    async def test_another_wish_is_another_file(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        await self._ask(rig, session_id)
        await self._ask(rig, session_id, fade_out=True)
        await self._ask(rig, session_id, format="mp3")
        assert len({command.mixdown_address for command in rig.mixing}) == MAX_LIVE
        with pytest.raises(Conflict):
            await self._ask(rig, session_id, minutes=45)

    async def test_a_file_that_others_had_made_is_there_at_once(self, rig: Rig) -> None:
        rig.pro["friend"] = None
        catalogue = CATALOGUE[0].id
        await rig.wired.seed()
        await rig.ask(rpc.EnsureAudio(session_id=catalogue, user_id="user"))
        await rig.settle()
        await self._ask(rig, catalogue)
        await self._say(rig, rendered(rig.mixing[0]))
        assert (await self._ask(rig, catalogue, user_id="friend")).ready
        assert len(rig.mixing) == 1
        assert (await self._manifest(rig, catalogue, "friend")).items[-1].role == "mixdown"
        rig.pro["stranger"] = None
        roles = {item.role for item in (await self._manifest(rig, catalogue, "stranger")).items}
        assert "mixdown" not in roles

    async def test_a_cancelled_job_is_called_off(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        state = await self._ask(rig, session_id)
        assert state.job is not None
        cancelled = await rig.ask(rpc.CancelJob(job_id=state.job.id, user_id="user"))
        await rig.settle()
        assert (cancelled.status, cancelled.error) == ("failed", "Cancelled")
        assert rig.called_off == [state.job.id]
        with pytest.raises(Conflict):
            await rig.ask(rpc.CancelJob(job_id=state.job.id, user_id="user"))
        again = await self._ask(rig, session_id)
        assert again.job is not None
        assert again.job.id != state.job.id
        assert rig.mixing[-1].job_id == again.job.id

    async def test_an_operator_stops_one_as_its_owner_does(self, rig: Rig) -> None:
        state = await self._ask(rig, await self._session(rig))
        assert state.job is not None
        stop = StopJob(job_id=state.job.id, actor="ada", actor_kind="operator", reason="stuck")
        stopped = await rig.broker.bus("operator").call(stop)
        assert (stopped.status, stopped.error) == ("failed", "Cancelled")
        assert (await self._job(rig, state.job.id)).status == "failed"
        with pytest.raises(Conflict):
            await rig.broker.bus("operator").call(stop)

    async def test_work_that_others_wait_for_goes_on(self, rig: Rig) -> None:
        rig.pro["friend"] = None
        await rig.wired.seed()
        catalogue = CATALOGUE[0].id
        await rig.ask(rpc.EnsureAudio(session_id=catalogue, user_id="user"))
        await rig.settle()
        mine = await self._ask(rig, catalogue)
        theirs = await self._ask(rig, catalogue, user_id="friend")
        assert mine.job is not None
        assert theirs.job is not None
        await rig.ask(rpc.CancelJob(job_id=mine.job.id, user_id="user"))
        await rig.settle()
        assert not rig.called_off
        await rig.ask(rpc.CancelJob(job_id=theirs.job.id, user_id="friend"))
        await rig.settle()
        assert set(rig.called_off) == {mine.job.id, theirs.job.id}

    async def test_a_failure_ends_the_job_it_names_and_no_other(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        first = await self._ask(rig, session_id)
        assert first.job is not None
        failed = MixdownFailed(
            mixdown_address=rig.mixing[0].mixdown_address,
            job_id=first.job.id,
            code="ASSET_ERROR",
            message="The background is gone",
        )
        await self._say(rig, failed)
        ended = await self._job(rig, first.job.id)
        assert ended.error == "The offline file could not be made: The background is gone"
        second = await self._ask(rig, session_id)
        await self._say(rig, failed)
        assert second.job is not None
        assert (await self._job(rig, second.job.id)).status == "pending"

    async def test_a_late_failure_does_not_hurt_a_file_that_exists(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        state = await self._ask(rig, session_id)
        command = rig.mixing[0]
        await self._say(rig, rendered(command))
        late = MixdownFailed(
            mixdown_address=command.mixdown_address, job_id=command.job_id, code="X", message="late"
        )
        await self._say(rig, late)
        assert state.job is not None
        assert (await self._job(rig, state.job.id)).status == "completed"

    async def test_a_job_that_does_not_move_is_asked_for_again_and_given_up(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        state = await self._ask(rig, session_id)
        assert state.job is not None
        assert await rig.wired.revive_mixdowns() == 0
        rig.clock.advance(61)
        assert await rig.wired.revive_mixdowns() == 1
        await rig.settle()
        assert [command.job_id for command in rig.mixing] == [state.job.id] * 2
        rig.clock.advance(QUEUE_BUDGET.total_seconds())
        await rig.wired.revive_mixdowns()
        await rig.settle()
        assert (await self._job(rig, state.job.id)).status == "failed"
        assert rig.called_off == [state.job.id]

    async def test_a_worker_that_falls_silent_is_given_up_sooner(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        state = await self._ask(rig, session_id)
        address = rig.mixing[0].mixdown_address
        await self._say(rig, MixdownProgressed(mixdown_address=address, progress=0.3))
        rig.clock.advance(MIXING_BUDGET.total_seconds())
        await rig.wired.revive_mixdowns()
        assert state.job is not None
        assert (await self._job(rig, state.job.id)).status == "failed"

    async def test_only_pro_and_only_as_long_as_the_plan_says(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        with pytest.raises(EntitlementRequired):
            await self._ask(rig, session_id, minutes=121)
        rig.pro.clear()
        with pytest.raises(EntitlementRequired):
            await self._ask(rig, session_id)
        with pytest.raises(EntitlementRequired):
            await self._manifest(rig, session_id)
        assert not rig.mixing

    async def test_somebody_elses_do_not_exist(self, rig: Rig) -> None:
        rig.pro["other"] = None
        session_id = await self._session(rig)
        state = await self._ask(rig, session_id)
        assert state.job is not None
        for request in (
            RequestMixdown(session_id=session_id, user_id="other", minutes=30),
            GetDownload(session_id=session_id, user_id="other"),
            rpc.GetJob(job_id=state.job.id, user_id="other"),
            rpc.CancelJob(job_id=state.job.id, user_id="other"),
            GetDownload(session_id=uuid4(), user_id="user"),
        ):
            with pytest.raises(NotFound):
                await rig.ask(request)

    async def test_before_its_sounds_exist_there_is_nothing_to_mix(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        with pytest.raises(AudioNotReady):
            await self._ask(rig, created.session.id)
        with pytest.raises(AudioNotReady):
            await self._manifest(rig, created.session.id)
        await rig.release()
        with pytest.raises(AudioNotReady):
            await self._ask(rig, created.session.id, background_id="Forest Rain")
        await rig.settle()
        asked = [stem.stem_id for stem in rig.broker.messages(PublishStem)]
        assert "forest-rain" in asked
        state = await self._ask(rig, created.session.id, background_id="Forest Rain")
        assert state.job is not None

    async def test_a_background_nobody_knows_is_refused(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        with pytest.raises(ValidationFailed):
            await self._ask(rig, session_id, background_id="A Waterfall")

    async def test_a_solfeggio_session_keeps_its_tone(self, rig: Rig) -> None:
        created = await rig.create(draft(solfeggio_hz=528))
        await rig.made(created)
        await self._ask(rig, created.session.id)
        assert rig.mixing[0].brain_layer.hz == 528
        roles = [item.role for item in (await self._manifest(rig, created.session.id)).items]
        assert roles == ["affirmations", "solfeggio", "background"]

    async def test_watchers_are_told(self, rig: Rig) -> None:
        session_id = await self._session(rig)
        await self._ask(rig, session_id)
        command = rig.mixing[0]
        for step in range(101):
            event = MixdownProgressed(mixdown_address=command.mixdown_address, progress=step / 100)
            await rig.broker.send(event)
        await self._say(rig, rendered(command))
        told = [e.job for e in rig.broker.messages(JobChanged) if e.job.type == "mixdown"]
        versions = [job.version for job in told]
        assert versions == sorted(versions)
        assert len(told) < 60
        assert [told[0].stage, told[-1].stage] == ["queued", "ready"]


class TestInMemory(MixdownContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestOnPostgres(MixdownContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
