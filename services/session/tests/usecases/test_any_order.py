"""Whatever the broker does with messages, every job ends, once, with the same counts."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ab_session.bootstrap import wire
from ab_session.domain.job import Stage
from ab_shared.contracts import rpc
from ab_shared.contracts.base import Event, Message
from ab_shared.contracts.commands import PrepareRead, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import GenerationSettled, JobChanged
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.errors import Conflict
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st
from session_memory.rig import KEY
from session_memory.store import MemoryStore
from session_memory.studio import Studio, offer

LINES = ("I am the first line here.", "I am the second line here.", "I am the third line here.")
DRAFTS = st.lists(st.lists(st.sampled_from(LINES), min_size=1, max_size=4), min_size=1, max_size=3)


class Answering:
    """Answers the two questions the service asks."""

    async def call(self, request: Any, **_options: Any) -> Any:
        await asyncio.sleep(0)
        if isinstance(request, rpc.ListVoices):
            return rpc.VoiceList(voices=(offer("nova"),), fallback_voice_id="nova")
        return None


@dataclass
class World:
    """Events on their way, in no order at all."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    studio: Studio = field(default_factory=Studio)
    pending: list[tuple[str, Event]] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        self.wired = wire(self.store, Answering(), KEY, self.clock)
        self.heard: Subscriptions = self.wired.subscriptions

    async def ask(self, request: Any) -> Any:
        _, answerer = self.heard.answerers[request.routing_key]
        answer = await answerer(request)
        self._work()
        return answer

    async def deliver(self, number: int) -> None:
        self.clock.advance(0.01)
        message_id, event = self.pending[number]
        with bound(Context(message_id=message_id)):
            await self.heard.handlers[event.routing_key].handler(event)
        self._work()

    async def revive(self) -> None:
        self.clock.advance(301)
        await self.wired.revive()
        self._work()

    def _work(self) -> None:
        sent: list[Message] = self.store.transactions.sent
        for command in sent[self.seen :]:
            event = self.studio.answer(command)
            if event is not None:
                self.pending.append((f"m{len(self.pending)}-{self.seen}", event))
        self.seen = len(sent)

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.store.transactions.sent if isinstance(message, kind)]


async def play(world: World, drafts: list[list[str]], draw: Any, *, losses: bool) -> list[UUID]:
    jobs = []
    for number, lines in enumerate(drafts):
        draft = rpc.SessionDraft(title="T", lines=tuple(lines), voice_id="nova")
        session_id = session_id_for("user", str(number))
        request = rpc.CreateSession(session_id=session_id, user_id="user", draft=draft)
        jobs.append((await world.ask(request)).job.id)
        for _ in range(draw(st.integers(0, 3))):
            await step(world, draw, losses=losses)
    for _ in range(400):
        if not world.pending:
            return jobs
        await step(world, draw, losses=losses)
    while world.pending:
        await world.deliver(0)
        world.pending.pop(0)
    return jobs


async def step(world: World, draw: Any, *, losses: bool) -> None:
    if not world.pending:
        return
    number = draw(st.integers(0, len(world.pending) - 1))
    fate = draw(st.sampled_from(["once", "once", "twice", "lost" if losses else "once"]))
    if fate != "lost":
        await world.deliver(number)
    if fate != "twice":
        world.pending.pop(number)


def check(world: World, jobs: list[UUID]) -> None:
    told = defaultdict(list)
    for event in world.of(JobChanged):
        told[event.job.id].append(event.job)
    settled = Counter(event.reservation_id for event in world.of(GenerationSettled))
    for job_id in jobs:
        job = world.store.rows.jobs[job_id]
        assert not job.live
        assert settled[job_id] == 1
        assert [j.progress for j in told[job_id]] == sorted(j.progress for j in told[job_id])
        versions = [j.version for j in told[job_id]]
        assert versions == sorted(set(versions))
        assert told[job_id][-1].status == job.status
    assert not world.store.rows.reads


@settings(deadline=None, max_examples=150)
@given(drafts=DRAFTS, data=st.data())
def test_shuffled_and_repeated_events_change_nothing(drafts: list[list[str]], data: Any) -> None:
    async def scenario() -> None:
        world = World()
        jobs = await play(world, drafts, data.draw, losses=False)
        check(world, jobs)
        rows = world.store.rows
        assert {rows.jobs[job].stage for job in jobs} == {Stage.READY}
        for job in (rows.jobs[job_id] for job_id in jobs):
            assert job.ready_reads == job.reads
            assert job.made.prepared <= job.reads
        made = [rows.jobs[job].made for job in jobs]
        distinct = len({c.speech_address for c in world.of(SynthesizeRead)})
        assert sum(one.prepared for one in made) <= distinct
        assert sum(one.spoken for one in made) <= distinct
        renders = Counter(command.job_id for command in world.of(RenderTrack))
        assert all(times == 1 for times in renders.values())
        for command in world.of(RenderTrack):
            assert len(command.reads) == rows.jobs[command.job_id].reads
        assert {c.prepared_address for c in world.of(PrepareRead)} == rows.prepared.keys()

    asyncio.run(scenario())


@settings(deadline=None, max_examples=100)
@given(drafts=DRAFTS, data=st.data())
def test_lost_messages_are_made_up_for(drafts: list[list[str]], data: Any) -> None:
    async def scenario() -> None:
        world = World()
        jobs = await play(world, drafts, data.draw, losses=True)
        for _ in range(10):
            await world.revive()
            while world.pending:
                await world.deliver(0)
                world.pending.pop(0)
        check(world, jobs)
        assert {world.store.rows.jobs[job].stage for job in jobs} == {Stage.READY}

    asyncio.run(scenario())


@settings(deadline=None, max_examples=100)
@given(drafts=DRAFTS, data=st.data())
def test_cancelling_at_any_moment_gives_each_generation_back_once(
    drafts: list[list[str]], data: Any
) -> None:
    async def scenario() -> None:
        world = World()
        jobs = await play_some(world, drafts, data.draw)
        cancelled = data.draw(st.sampled_from(jobs))
        was_live = world.store.rows.jobs[cancelled].live
        try:
            await world.ask(rpc.CancelJob(job_id=cancelled, user_id="user"))
            assert was_live
        except Conflict:
            assert not was_live
        while world.pending:
            await step(world, data.draw, losses=False)
        check(world, jobs)
        stages = {job: world.store.rows.jobs[job].stage for job in jobs}
        assert stages.pop(cancelled) is (Stage.CANCELLED if was_live else Stage.READY)
        assert set(stages.values()) <= {Stage.READY}

    asyncio.run(scenario())


async def play_some(world: World, drafts: list[list[str]], draw: Any) -> list[UUID]:
    jobs = []
    for number, lines in enumerate(drafts):
        draft = rpc.SessionDraft(title="T", lines=tuple(lines), voice_id="nova")
        session_id = session_id_for("user", str(number))
        request = rpc.CreateSession(session_id=session_id, user_id="user", draft=draft)
        jobs.append((await world.ask(request)).job.id)
    for _ in range(draw(st.integers(0, 30))):
        await step(world, draw, losses=False)
    return jobs
