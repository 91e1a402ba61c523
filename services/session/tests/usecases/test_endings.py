from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.job import BUDGET, MAX_REMAKES, Stage
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import PrepareRead, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import (
    GenerationSettled,
    ReadFailed,
    TrackFailed,
)
from ab_shared.errors import (
    Conflict,
    NotFound,
)
from session_memory.rig import LINES, Rig, draft
from session_memory.studio import rendered

WAKE_UP = CATALOGUE[0]


def settled(rig: Rig) -> list[str]:
    return [event.outcome for event in rig.broker.messages(GenerationSettled)]


class EndingsContract:
    """How jobs end when something goes wrong, on every store."""

    async def test_a_late_failure_does_not_hurt_what_exists(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        command = next(c for c in rig.held_back if isinstance(c, SynthesizeRead))
        rig.muted = False
        await rig.work(command)
        await rig.settle()
        await rig.broker.send(
            ReadFailed(speech_address=command.speech_address, code="X", message="too late")
        )
        await rig.release()
        assert (await rig.job(created.job.id)).stage is Stage.READY

    async def test_an_echo_of_a_failure_spares_the_next_attempt(self, rig: Rig) -> None:
        rig.studio.unspeakable.add(LINES[1])
        created = await rig.create()
        await rig.made(created)
        echo = next(e for e in rig.broker.recorded if e.type == "tts.read_failed")
        rig.studio.unspeakable.clear()
        rig.muted = True
        state = await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        assert state.job is not None
        rig.broker.publish(echo, {})
        await rig.settle()
        assert (await rig.job(state.job.id)).live
        await rig.release()
        assert (await rig.job(state.job.id)).stage is Stage.READY

    async def test_lost_reads_are_made_again(self, rig: Rig) -> None:
        await rig.made(await rig.create(draft(*LINES, "Three is my number.")))
        prepared = sorted(rig.studio.prepared)[:3]
        rig.studio.lost.update(prepared)
        rig.studio.asked.clear()
        created = await rig.create()
        job = await rig.made(created)
        assert job.stage is Stage.READY
        assert job.remakes == 1
        assert rig.studio.heard(RenderTrack) == 2
        assert settled(rig) == ["committed", "committed"]

    async def test_reads_lost_again_and_again_end_the_job(self, rig: Rig) -> None:
        rig.studio.loses_reads = True
        job = await rig.made(await rig.create())
        assert job.stage is Stage.FAILED
        assert job.remakes == MAX_REMAKES
        assert rig.studio.heard(RenderTrack) == MAX_REMAKES + 1
        assert settled(rig) == ["released"]

    async def test_a_track_that_cannot_be_made_fails_the_job(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        address = (await rig.job(created.job.id)).track_address
        failure = TrackFailed(track_address=address, code="ASSET_ERROR", message="no")
        await rig.broker.send(failure)
        await rig.settle()
        assert (await rig.job(created.job.id)).live, "it has not asked for its track yet"
        rig.studio.unrenderable = True
        await rig.release()
        job = await rig.job(created.job.id)
        assert (job.stage, job.error) == (Stage.FAILED, "The track could not be put together")
        assert settled(rig) == ["released"]
        await rig.broker.send(rendered(address))
        await rig.settle()
        assert (await rig.job(created.job.id)) == job, "what has ended stays ended"
        state = await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        assert state.ready, "a track that came late is used all the same"

    async def test_a_stem_that_cannot_be_made_fails_its_jobs(self, rig: Rig) -> None:
        rig.studio.broken.add("babbling-brook")
        created = await rig.create()
        job = await rig.made(created)
        assert job.stage is Stage.FAILED
        assert settled(rig) == ["released"]
        rig.studio.broken.clear()
        state = await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        await rig.settle()
        assert state.job is not None
        assert (await rig.job(state.job.id)).stage is Stage.READY

    async def test_ensure_audio_takes_the_generation_again_after_a_failure(self, rig: Rig) -> None:
        rig.studio.unspeakable.add(LINES[0])
        rig.generations["user"] = 2
        created = await rig.create()
        await rig.made(created)
        rig.studio.unspeakable.clear()
        request = rpc.EnsureAudio(session_id=created.session.id, user_id="user")
        states = await asyncio.gather(*(rig.ask(request) for _ in range(4)))
        (second,) = {state.job.id for state in states if state.job}
        assert rig.reserved == [created.job.id, second]
        await rig.settle()
        assert settled(rig) == ["released", "committed"]
        assert (await rig.ask(request)).ready
        rig.generations["user"] = 0
        assert (await rig.ask(request)).ready, "what is ready costs nothing"

    async def test_ensure_audio_answers_the_live_job(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        state = await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        assert not state.ready
        assert state.job is not None
        assert state.job.id == created.job.id
        with pytest.raises(NotFound):
            await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="other"))

    @pytest.mark.parametrize("stage", ["queued", "speaking", "preparing", "merging"])
    async def test_a_live_job_can_be_cancelled_in_every_stage(self, rig: Rig, stage: str) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()

        async def work(kinds: tuple[type, ...], limit: int = 100) -> None:
            chosen = [c for c in rig.held_back if isinstance(c, kinds)][:limit]
            rig.held_back = [c for c in rig.held_back if c not in chosen]
            rig.muted = False
            for command in chosen:
                event = rig.studio.answer(command)
                assert event is not None
                rig.muted = True
                await rig.broker.send(event)
                await rig.settle()

        if stage == "speaking":
            await work((SynthesizeRead,), 2)
        if stage in {"preparing", "merging"}:
            await work((SynthesizeRead,))
        if stage == "merging":
            await work((PrepareRead,))
        rig.muted = True
        assert (await rig.job(created.job.id)).stage == stage
        cancelled = await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="user"))
        assert (cancelled.status, cancelled.stage, cancelled.error) == (
            "failed",
            "cancelled",
            "Cancelled",
        )
        with pytest.raises(Conflict):
            await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="user"))
        await rig.release()
        assert (await rig.job(created.job.id)).stage is Stage.CANCELLED
        assert settled(rig) == ["released"]
        state = await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        await rig.settle()
        assert state.ready or (state.job and (await rig.job(state.job.id)).stage is Stage.READY)
        assert settled(rig) == ["released", "committed"]

    async def test_an_ended_job_cannot_be_cancelled(self, rig: Rig) -> None:
        created = await rig.create()
        await rig.made(created)
        with pytest.raises(Conflict):
            await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="user"))
        with pytest.raises(NotFound):
            await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="other"))
        with pytest.raises(NotFound):
            await rig.ask(rpc.GetJob(job_id=uuid4(), user_id="user"))

    async def test_a_job_whose_commands_got_lost_is_revived(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        rig.held_back.clear()
        assert await rig.wired.revive() == 0
        rig.clock.advance(61)
        rig.muted = False
        assert await rig.wired.revive() == 1
        assert (await rig.made(created)).stage is Stage.READY
        assert await rig.wired.revive() == 0

    async def test_revivals_get_rarer_and_end_with_a_reason(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        revivals = []
        for second in range(0, int(BUDGET / timedelta(seconds=1)) + 200, 10):
            if await rig.wired.revive() and (await rig.job(created.job.id)).live:
                revivals.append(second)
            rig.clock.advance(10)
        assert revivals == [60, 180, 420]
        job = await rig.job(created.job.id)
        assert job.stage is Stage.FAILED
        assert job.error == "The audio took too long to make"
        await rig.settle()
        assert settled(rig) == ["released"]


class TestEndingsInMemory(EndingsContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestEndingsOnPostgres(EndingsContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
