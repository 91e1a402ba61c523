"""Creates, edits, cancels, deletions and results in any order: nothing is left over."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from ab_session.bootstrap import wire
from ab_session.domain.job import Stage
from ab_shared.contracts import editing, rpc
from ab_shared.contracts.base import Event, Message
from ab_shared.contracts.commands import SynthesizeRead
from ab_shared.contracts.events import GenerationSettled, SessionChanged
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.contracts.usage import HeldReservation, HeldReservations, ListReservations
from ab_shared.errors import Conflict, FreeLimitReached, NotFound
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from session_memory.rig import KEY
from session_memory.store import MemoryStore
from session_memory.studio import Studio, offer

LINES = tuple(f"I am learning the line number {name}." for name in ("one", "two", "three", "four"))
UNSPEAKABLE = LINES[3]
DRAFTS = st.lists(st.sampled_from(LINES), min_size=1, max_size=3).map(tuple)
SLOTS = st.integers(0, 2)
DAILY = 6


@dataclass
class Ledger:
    """Plays entitlement: who took what, and what became of it."""

    clock: FakeClock
    taken: dict[UUID, Any] = field(default_factory=dict)
    outcomes: dict[UUID, str] = field(default_factory=dict)

    @property
    def spent(self) -> int:
        return sum(self.outcomes.get(one) != "released" for one in self.taken)

    @property
    def open(self) -> set[UUID]:
        return set(self.taken) - set(self.outcomes)

    async def call(self, request: Any, **_options: Any) -> Any:
        await asyncio.sleep(0)
        if isinstance(request, rpc.ListVoices):
            voices = (offer("nova"), offer("onyx"))
            return rpc.VoiceList(voices=voices, fallback_voice_id="nova")
        if isinstance(request, ListReservations):
            return self._held(request)
        return self._reserve(request)

    def settle(self, event: GenerationSettled) -> None:
        # What was kept stays kept; the end of an attempt is told once and never the other way.
        before = self.outcomes.setdefault(event.reservation_id, event.outcome)
        assert before == event.outcome

    def _reserve(self, request: rpc.ReserveGeneration) -> None:
        if request.reservation_id in self.taken:
            return
        if self.spent >= DAILY:
            raise FreeLimitReached("none is left")
        self.taken[request.reservation_id] = self.clock()

    def _held(self, request: ListReservations) -> HeldReservations:
        held = tuple(
            HeldReservation(reservation_id=one, user_id="user", reserved_at=self.taken[one])
            for one in sorted(self.open)
            if self.taken[one] < request.reserved_before
        )
        return HeldReservations(reservations=held, has_more=False)


class AnyEdit(RuleBasedStateMachine):
    """Three sessions of one listener, under everything that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.clock, self.studio = MemoryStore(), FakeClock(), Studio()
        self.studio.unspeakable.add(UNSPEAKABLE)
        self.ledger = Ledger(self.clock)
        self.wired = wire(self.store, self.ledger, KEY, self.clock)
        self.heard: Subscriptions = self.wired.subscriptions
        self.pending: list[tuple[str, Event]] = []
        self.seen = self.told = 0
        self.deleted: set[UUID] = set()
        self.loop = asyncio.new_event_loop()

    def teardown(self) -> None:
        self.run(self.finish())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def ask(self, *requests: Any) -> list[Any]:
        """Asked at the same moment; what was refused for a reason is None."""

        async def one(request: Any) -> Any:
            _, answerer = self.heard.answerers[request.routing_key]
            try:
                return await answerer(request)
            except (NotFound, Conflict, FreeLimitReached):
                return None

        async def all_of() -> list[Any]:
            return list(await asyncio.gather(*map(one, requests)))

        answers = self.run(all_of())
        self.work()
        return answers

    def work(self) -> None:
        """The studio and the ledger hear what was committed."""
        sent: list[Message] = self.store.transactions.sent
        for message in sent[self.seen :]:
            if isinstance(message, GenerationSettled):
                self.ledger.settle(message)
            event = self.studio.answer(message)
            if event is not None:
                self.told += 1
                self.pending.append((f"m{self.told}", event))
        self.seen = len(sent)

    async def deliver(self, number: int) -> None:
        self.clock.advance(0.01)
        message_id, event = self.pending[number]
        with bound(Context(message_id=message_id)):
            await self.heard.handlers[event.routing_key].handler(event)
        self.work()

    async def finish(self) -> None:
        """Everything comes to rest: what is on its way arrives, sweeps run, time passes."""
        for _ in range(12):
            while self.pending:
                await self.deliver(0)
                self.pending.pop(0)
            self.clock.advance(timedelta(minutes=11).total_seconds())
            await self.wired.revive()
            await self.wired.settle_orphans()
            self.work()
        self.check_the_end()

    @rule(slot=SLOTS, lines=DRAFTS)
    def create(self, slot: int, lines: tuple[str, ...]) -> None:
        [made] = self.ask(self.creation(slot, lines))
        assert made is None or made.session.id not in self.deleted

    @rule(slot=SLOTS, lines=DRAFTS, voice=st.sampled_from([None, "nova", "onyx"]))
    def edit(self, slot: int, lines: tuple[str, ...], voice: str | None) -> None:
        self.ask(self.change(slot, lines=lines, voice_id=voice))

    @rule(slot=SLOTS, title=st.text("ab", min_size=1, max_size=2), hz=st.sampled_from([7, 10, 17]))
    def polish(self, slot: int, title: str, hz: float) -> None:
        self.ask(self.change(slot, title=title, bed=editing.Bed(frequency_hz=hz)))

    @rule(slot=SLOTS, one=DRAFTS, other=DRAFTS)
    def edit_twice_at_once(self, slot: int, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        self.ask(self.change(slot, lines=one), self.change(slot, lines=other))

    @rule(slot=SLOTS, lines=DRAFTS)
    def delete_while_editing(self, slot: int, lines: tuple[str, ...]) -> None:
        session_id = session_id_for("user", str(slot))
        was_there = session_id in self.store.rows.sessions
        deletion = editing.DeleteSession(session_id=session_id, user_id="user")
        self.ask(self.change(slot, lines=lines), deletion, self.creation(slot, lines))
        if was_there:
            self.deleted.add(session_id)

    @rule(slot=SLOTS)
    def ensure(self, slot: int) -> None:
        session_id = session_id_for("user", str(slot))
        self.ask(rpc.EnsureAudio(session_id=session_id, user_id="user"))

    @rule(slot=SLOTS)
    def cancel(self, slot: int) -> None:
        session_id = session_id_for("user", str(slot))
        jobs = [j for j in self.store.rows.jobs.values() if j.session_id == session_id and j.live]
        for job in jobs:
            self.ask(rpc.CancelJob(job_id=job.id, user_id="user"))

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), twice=st.booleans())
    def hear(self, data: Any, *, twice: bool) -> None:
        number = data.draw(st.integers(0, len(self.pending) - 1))
        self.run(self.deliver(number))
        if not twice:
            self.pending.pop(number)

    @precondition(lambda self: self.pending)
    @rule(most=st.sampled_from([3, 8, 100]))
    def hear_in_order(self, most: int) -> None:
        for _ in range(most):
            if self.pending:
                self.run(self.deliver(0))
                self.pending.pop(0)

    def creation(self, slot: int, lines: tuple[str, ...]) -> rpc.CreateSession:
        draft = rpc.SessionDraft(title="T", lines=lines, voice_id="nova")
        session_id = session_id_for("user", str(slot))
        return rpc.CreateSession(session_id=session_id, user_id="user", draft=draft)

    def change(self, slot: int, **changes: Any) -> editing.EditSession:
        session_id = session_id_for("user", str(slot))
        return editing.EditSession(session_id=session_id, user_id="user", **changes)

    @invariant()
    def what_can_be_heard_is_what_is_written(self) -> None:
        rows = self.store.rows
        for session in rows.sessions.values():
            if session.audio is None or session.recipe is None:
                continue
            plan = self.wired_plan(session)
            assert session.audio.track_address == plan.track_address == session.wanted_track

    @invariant()
    def the_deleted_stay_away(self) -> None:
        rows = self.store.rows
        assert self.deleted.isdisjoint(rows.sessions)
        assert {job.session_id for job in rows.jobs.values()} <= rows.sessions.keys()
        assert rows.reads.keys() <= rows.jobs.keys()
        live = [job.session_id for job in rows.jobs.values() if job.live]
        assert len(live) == len(set(live))

    @invariant()
    def versions_only_grow(self) -> None:
        last: dict[UUID, int] = {}
        for message in self.store.transactions.sent:
            if isinstance(message, SessionChanged):
                assert message.version > last.get(message.session_id, 0)
                last[message.session_id] = message.version

    def wired_plan(self, session: Any) -> Any:
        plan = self.wired.revive.again.start.plan(session)
        assert plan is not None
        return plan

    def check_the_end(self) -> None:
        rows = self.store.rows
        assert not [job for job in rows.jobs.values() if job.live]
        assert not rows.reads
        assert not self.ledger.open
        for session in rows.sessions.values():
            jobs = [job for job in rows.jobs.values() if job.session_id == session.id]
            last = max(jobs, key=lambda job: job.attempt)
            ready = last.stage is Stage.READY
            # Ready is paid for, and what did not get ready costs nothing of its own.
            assert (session.audio is not None) is ready
            if ready:
                kept = [job for job in jobs if self.ledger.outcomes.get(job.id) == "committed"]
                assert kept
                assert session.audio.track_address in rows.tracks
                plan = self.wired_plan(session)
                assert rows.prepared.keys() >= set(plan.sequence)
        committed = [one for one, what in self.ledger.outcomes.items() if what == "committed"]
        jobs_by_id = rows.jobs
        for reservation in committed:
            job = jobs_by_id.get(reservation)
            assert job is None or job.stage is Stage.READY
        # Nothing was ever spoken that nobody asked for.
        texts = {c.text for c in self.store.transactions.sent if isinstance(c, SynthesizeRead)}
        assert texts <= set(LINES)


AnyEdit.TestCase.settings = settings(deadline=None, max_examples=120, stateful_step_count=30)
TestAnyEdit = AnyEdit.TestCase
