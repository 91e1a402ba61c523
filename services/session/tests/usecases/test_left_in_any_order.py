"""Two listeners write, edit and delete while sounds go, late and twice: none is missed or kept."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ab_session.bootstrap import wire
from ab_session.domain.erasing import Doomed, reads_of
from ab_session.usecases.forget_left import ForgetLeft
from ab_shared.contracts import rpc
from ab_shared.contracts.base import Event, Message
from ab_shared.contracts.commands import PrepareRead, PublishStem, RenderTrack, SynthesizeRead
from ab_shared.contracts.editing import DeleteSession, EditSession
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.contracts.privacy import EraseAudio, EraseSpeech
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from session_memory.rig import KEY
from session_memory.store import MemoryStore
from session_memory.studio import offer, prepared, published, ready, rendered

LINES = tuple(f"I am learning the line number {name}." for name in ("one", "two", "three"))
DRAFTS = st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True).map(tuple)
SLOTS = st.integers(0, 1)
ERASES = (EraseSpeech, EraseAudio)
USERS = st.sampled_from(["user", "friend"])
WEEK = timedelta(days=7)
DAY = 86_400.0


class House:
    """tts and stitching as they are: what exists, and when it was last asked for."""

    def __init__(self) -> None:
        self.asked: dict[str, datetime] = {}

    def hear(self, sent_at: datetime, command: Message) -> Event | None:
        if isinstance(command, EraseSpeech):
            return self._erase(command, command.speech)
        if isinstance(command, EraseAudio):
            return self._erase(command, (*command.prepared, *command.tracks))
        if isinstance(command, SynthesizeRead):
            new = self._ask(command.speech_address, sent_at)
            return ready(command.speech_address, synthesized=new)
        if isinstance(command, PrepareRead):
            # Nobody is ever told that a sound is there which has gone.
            if command.prepared_address not in self.asked:
                assert command.speech_address in self.asked
            new = self._ask(command.prepared_address, sent_at)
            return prepared(command.speech_address, command.prepared_address, prepared=new)
        if isinstance(command, RenderTrack):
            if command.track_address not in self.asked:
                assert self.asked.keys() >= set(command.reads)
            self._ask(command.track_address, sent_at)
            return rendered(command.track_address)
        return published(command.stem_id) if isinstance(command, PublishStem) else None

    def _ask(self, name: str, sent_at: datetime) -> bool:
        new = name not in self.asked
        self.asked[name] = max(sent_at, self.asked.get(name, sent_at))
        return new

    def _erase(self, command: EraseSpeech | EraseAudio, names: tuple[str, ...]) -> None:
        for name in names:
            if name in self.asked and self.asked[name] <= command.erased_at:
                del self.asked[name]


class Others:
    """Voices and generations without end."""

    async def call(self, request: Any, **_options: Any) -> Any:
        await asyncio.sleep(0)
        if isinstance(request, rpc.ListVoices):
            return rpc.VoiceList(voices=(offer("nova"),), fallback_voice_id="nova")
        return None


class LeftInAnyOrder(RuleBasedStateMachine):
    """What is on its way arrives in any order within a sweep's week, commands to erase late."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.clock, self.house = MemoryStore(), FakeClock(), House()
        self.wired = wire(self.store, Others(), KEY, self.clock)
        self.forget = ForgetLeft(self.store, KEY, self.clock, WEEK)
        self.pending: list[tuple[datetime, Message]] = []
        self.seen = self.told = self.made = 0
        self.loop = asyncio.new_event_loop()

    def teardown(self) -> None:
        self.run(self.finish())
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def ask(self, request: Any) -> None:
        _, answerer = self.wired.subscriptions.answerers[request.routing_key]
        with suppress(NotFound, Conflict):
            await answerer(request)

    def do(self, *works: Coroutine[Any, Any, Any]) -> None:
        """Done at the same moment."""

        async def all_of() -> None:
            await asyncio.gather(*works)

        self.run(all_of())
        self.collect()

    def collect(self) -> None:
        sent = self.store.transactions.sent
        on_its_way = (*ERASES, SynthesizeRead, PrepareRead, RenderTrack, PublishStem)
        new = [message for message in sent[self.seen :] if isinstance(message, on_its_way)]
        self.pending += [(self.clock(), message) for message in new]
        self.seen = len(sent)
        self.clock.advance(1)

    async def deliver(self, number: int) -> None:
        sent_at, message = self.pending[number]
        handlers = self.wired.subscriptions.handlers
        if message.routing_key in handlers:
            self.told += 1
            with bound(Context(message_id=f"m{self.told}")):
                await handlers[message.routing_key].handler(message)
        elif (event := self.house.hear(sent_at, message)) is not None:
            self.pending.append((self.clock(), event))
        self.collect()

    async def catch_up(self, *, erases: bool) -> None:
        """All but commands to erase arrives; and these too."""
        while numbers := [n for n, (_, m) in enumerate(self.pending) if self.moves(m) or erases]:
            await self.deliver(numbers[0])
            self.pending.pop(numbers[0])

    def moves(self, message: Message) -> bool:
        return not isinstance(message, ERASES)

    @rule(user=USERS, slot=SLOTS, lines=DRAFTS)
    def write(self, user: str, slot: int, lines: tuple[str, ...]) -> None:
        self.do(self.ask(self.creation(user, slot, lines)))

    @rule(user=USERS, slot=SLOTS, lines=DRAFTS)
    def edit(self, user: str, slot: int, lines: tuple[str, ...]) -> None:
        self.do(self.ask(self.change(user, slot, lines)))

    @rule(user=USERS, slot=SLOTS)
    def delete(self, user: str, slot: int) -> None:
        self.do(self.ask(self.deletion(user, slot)))
        self.made += 1

    @rule(user=USERS, slot=SLOTS, lines=DRAFTS)
    def all_at_once(self, user: str, slot: int, lines: tuple[str, ...]) -> None:
        other = "user" if user == "friend" else "friend"
        self.do(
            self.forget(),
            self.ask(self.change(user, slot, lines)),
            self.ask(self.deletion(other, slot)),
            self.forget(),
            self.ask(self.creation(other, slot + 10, lines)),
        )

    @rule(days=st.sampled_from([1, 4, 8]))
    def sleep(self, days: int) -> None:
        self.run(self.catch_up(erases=False))
        self.clock.advance(days * DAY)
        self.do(self.forget())

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), twice=st.booleans())
    def hear(self, data: Any, *, twice: bool) -> None:
        number = data.draw(st.integers(0, len(self.pending) - 1))
        self.run(self.deliver(number))
        if not twice:
            self.pending.pop(number)

    @invariant()
    def what_is_believed_to_be_there_is(self) -> None:
        rows = self.store.rows
        for known in (rows.speech, rows.prepared, rows.tracks):
            assert known.keys() <= self.house.asked.keys()
        for session in rows.sessions.values():
            assert session.audio is None or session.audio.track_address in self.house.asked

    async def finish(self) -> None:
        """A quiet fortnight later exactly what sessions say is there, and no text of before."""
        for _ in range(2):
            await self.catch_up(erases=True)
            self.clock.advance(8 * DAY)
            await self.forget()
            self.collect()
        await self.catch_up(erases=True)
        self.what_is_believed_to_be_there_is()
        rows = self.store.rows
        assert not rows.left
        sessions = rows.sessions.values()
        spoken = [(line, s.recipe) for s in sessions if s.recipe for line in s.lines]
        wanted: Doomed = reads_of(KEY, spoken)
        tracks = {session.audio.track_address for session in sessions if session.audio}
        assert len([s for s in sessions if s.audio]) == len(sessions)
        assert self.house.asked.keys() == wanted.speech | wanted.prepared | tracks

    def creation(self, user: str, slot: int, lines: tuple[str, ...]) -> rpc.CreateSession:
        draft = rpc.SessionDraft(title="T", lines=lines, voice_id="nova")
        session_id = self.named(user, slot)
        return rpc.CreateSession(session_id=session_id, user_id=user, draft=draft)

    def change(self, user: str, slot: int, lines: tuple[str, ...]) -> EditSession:
        return EditSession(session_id=self.named(user, slot), user_id=user, lines=lines)

    def deletion(self, user: str, slot: int) -> DeleteSession:
        return DeleteSession(session_id=self.named(user, slot), user_id=user)

    def named(self, user: str, slot: int) -> UUID:
        # A deleted id never comes back: after a deletion the slots are new ones.
        return session_id_for(user, f"{slot} {self.made // 2}")


LeftInAnyOrder.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
TestLeftInAnyOrder = LeftInAnyOrder.TestCase
