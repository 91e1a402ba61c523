"""What a job cost is told once, however it ended, and asked for up front at its most."""

from __future__ import annotations

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import SynthesizeRead
from ab_shared.contracts.events import ReadReady, TrackRendered
from ab_shared.contracts.usage import JobCosted
from session_memory.rig import LINES, Rig, draft


def told(rig: Rig) -> list[JobCosted]:
    return rig.broker.messages(JobCosted)


class CostContract:
    """What holds on every store."""

    async def test_a_new_track_costs_its_characters_and_its_sound(self, rig: Rig) -> None:
        created = await rig.create()
        job = await rig.made(created)
        [cost] = told(rig)
        [track] = rig.broker.messages(TrackRendered)
        assert cost == JobCosted(
            job_id=job.id,
            session_id=created.session.id,
            user_id="user",
            outcome="completed",
            characters=sum(event.characters for event in rig.broker.messages(ReadReady)),
            reads_made=2 * len(LINES),
            reads_reused=0,
            rendered_ms=track.asset.duration_ms,
            render_ms=track.render_ms,
        )
        assert cost.characters > 0

    async def test_the_same_again_costs_nothing(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        again = await rig.create()
        await rig.settle()
        cost = told(rig)[-1]
        assert (cost.job_id, cost.outcome) == (again.job.id, "completed")
        assert (cost.characters, cost.reads_made, cost.rendered_ms) == (0, 0, 0)
        assert cost.reads_reused == 2 * len(LINES)

    async def test_a_read_that_is_heard_of_twice_costs_once(self, rig: Rig) -> None:
        rig.broker.twice(ReadReady)
        rig.broker.twice(TrackRendered)
        await rig.made(await rig.create())
        [cost] = told(rig)
        assert cost.reads_made == 2 * len(LINES)
        spoken = {event.speech_address: event for event in rig.broker.messages(ReadReady)}
        assert cost.characters == sum(event.characters for event in spoken.values())

    async def test_two_who_wait_for_the_same_read_do_not_both_pay(self, rig: Rig) -> None:
        rig.muted = True
        await rig.create()
        await rig.create(user="other")
        await rig.release()
        first, second = sorted(told(rig), key=lambda cost: -cost.characters)
        assert first.reads_made == 2 * len(LINES)
        assert (second.characters, second.reads_made, second.rendered_ms) == (0, 0, 0)

    async def test_a_cancelled_job_tells_what_it_cost_so_far(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        speaking = next(c for c in rig.held_back if isinstance(c, SynthesizeRead))
        event = rig.studio.answer(speaking)
        assert isinstance(event, ReadReady)
        await rig.broker.send(event)
        await rig.settle()
        await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="user"))
        await rig.settle()
        [cost] = told(rig)
        assert (cost.outcome, cost.characters, cost.reads_made) == (
            "cancelled",
            event.characters,
            1,
        )

    async def test_what_it_may_cost_is_said_before(self, rig: Rig) -> None:
        await rig.create(draft("I breathe.", "I rest well."))
        [asked] = rig.wishes
        assert (asked.lines, asked.characters, asked.voice_id) == (2, 2 * 22, "nova")


class TestCostsInMemory(CostContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestCostsOnPostgres(CostContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
