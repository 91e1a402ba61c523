"""The service on a broker in memory, with everybody it talks to played."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from ab_session.adapters.analytics_rows import PostgresAnalytics
from ab_session.adapters.desk_rows import PostgresDesk
from ab_session.adapters.postgres import PostgresStore
from ab_session.back_office_ports import Office
from ab_session.bootstrap import Wired, wire
from ab_session.domain.job import Job
from ab_session.domain.session import Session
from ab_session.moderation_ports import Checking
from ab_session.ports import Store
from ab_shared.contracts import commands, events, mixdowns, offline, rpc
from ab_shared.contracts.base import Event, Message, ReplyT, Request
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.contracts.privacy import ErasureRequested, UserErased
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.contracts.usage import JobCosted
from ab_shared.database.relay import OutboxRelay
from ab_shared.database.transaction import Transactions
from ab_shared.errors import FreeLimitReached, RemoteFailure
from ab_shared.messaging.ports import Subscriptions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker
from sqlalchemy.ext.asyncio import AsyncEngine

from session_memory.store import MemoryStore
from session_memory.studio import Studio, offer

KEY = b"the key of the tests"
VOICES = ("nova", "alloy", "shimmer", "onyx")
LINES = ("I am here and I breathe.", "My day opens before me.")


def draft(*lines: str, **changes: object) -> rpc.SessionDraft:
    fields = {"title": "Mine", "lines": lines or LINES, "voice_id": "nova", **changes}
    return rpc.SessionDraft.model_validate(fields)


class Rig:
    """``studio`` makes sounds unless ``muted``; ``generations`` is what each user has left.

    On ``database`` the store is the real one, and its outbox feeds the broker in memory.
    """

    def __init__(
        self, database: AsyncEngine | None = None, checking: Checking | None = None
    ) -> None:
        self.broker = MemoryBroker()
        self.bus = self.broker.bus("session")
        self.clock = FakeClock()
        self.memory = MemoryStore(self.bus)
        self.store: Store = self.memory
        self.relay: OutboxRelay | None = None
        if database is not None:
            self.relay = OutboxRelay(database, self.bus)
            self.store = PostgresStore(Transactions(database, producer="session", relay=self.relay))
        self.studio = Studio()
        self.muted = False
        self.held_back: list[Message] = []
        self.generations: dict[str, int] = {}
        self.reserved: list[UUID] = []
        self.pro: dict[str, int | None] = {"user": 120}
        self.mixing: list[mixdowns.RenderMixdown] = []
        self.called_off: list[UUID] = []
        self.dropped: list[str] = []
        self.paid_until: datetime | None = None
        self.unreadable: set[str] = set()
        self.wishes: list[rpc.ReserveGeneration] = []
        self.holding: set[UUID] = set()
        office: Office | None = None
        if database is not None:
            rows = Transactions(database, producer="session", relay=self.relay)
            office = Office(PostgresDesk(rows), PostgresAnalytics(rows))
        self.wired: Wired = wire(
            self.store, self.bus, KEY, self.clock, office=office, checking=checking
        )
        self._others = [self.broker.bus(name) for name in ("tts", "stitching", "entitlement")]
        self.gateway = self.broker.bus("gateway")

    async def start(self) -> None:
        if self.relay is None:
            # Analytics are counted on a real database only.
            self.wired.subscriptions.on(events.UserRegistered, self._take_note)
        await self.bus.serve(self.wired.subscriptions)
        tts, stitching, entitlement = (Subscriptions() for _ in range(3))
        tts.on(commands.SynthesizeRead, self.work)
        tts.on(commands.SynthesizeReadLater, self.work)
        tts.answer(rpc.ListVoices, self._voices)
        stitching.on(commands.PrepareRead, self.work)
        stitching.on(commands.RenderTrack, self.work)
        stitching.on(commands.PublishStem, self.work)
        stitching.on(mixdowns.RenderMixdown, self._mix)
        stitching.on(mixdowns.CancelMixdown, self._call_off)
        stitching.on(offline.DropMixdowns, self._drop)
        entitlement.answer(rpc.GetEntitlement, self._entitlement)
        entitlement.answer(rpc.ReserveGeneration, self._reserve)
        entitlement.on(events.GenerationSettled, self._settle)
        for message in (JobCosted, UserUpdated, ErasureRequested, UserErased):
            entitlement.on(message, self._take_note)
        for bus, heard in zip(self._others, (tts, stitching, entitlement), strict=True):
            await bus.serve(heard)

    async def stop(self) -> None:
        for bus in [self.bus, self.gateway, *self._others]:
            await bus.close()

    async def ask(self, request: Request[ReplyT]) -> ReplyT:
        """A request of the gateway's."""
        return await self.gateway.call(request)

    async def create(
        self, wanted: rpc.SessionDraft | None = None, *, user: str = "user", key: str | None = None
    ) -> rpc.CreatedSession:
        session_id = session_id_for(user, key or str(uuid4()))
        return await self.ask(
            rpc.CreateSession(session_id=session_id, user_id=user, draft=wanted or draft())
        )

    async def settle(self) -> None:
        """Returns when nothing is being worked on and nothing waits to be sent."""
        await self.broker.settle()
        while self.relay is not None and (await self.relay.send_due()).sent:
            await self.broker.settle()

    async def made(self, created: rpc.CreatedSession) -> Job:
        """The job once everything has come to rest."""
        await self.settle()
        return await self.job(created.job.id)

    async def release(self) -> None:
        """Lets the studio work off what it held back."""
        self.muted = False
        while self.held_back:
            await self.work(self.held_back.pop(0))
        await self.settle()

    async def job(self, job_id: UUID) -> Job:
        async with self.store.begin() as unit:
            job = await unit.jobs.find(job_id)
        assert job is not None
        return job

    async def latest(self, session_id: UUID) -> Job | None:
        async with self.store.begin() as unit:
            return await unit.jobs.latest(session_id)

    async def session(self, session_id: UUID) -> Session | None:
        async with self.store.begin() as unit:
            return await unit.sessions.find(session_id)

    async def work(self, command: Message) -> None:
        if self.muted:
            self.held_back.append(command)
            return
        event = self.studio.answer(command)
        if event is not None:
            await self.broker.send(event)

    async def _mix(self, command: mixdowns.RenderMixdown) -> None:
        self.mixing.append(command)

    async def _call_off(self, command: mixdowns.CancelMixdown) -> None:
        self.called_off += command.job_ids

    async def _drop(self, command: offline.DropMixdowns) -> None:
        self.dropped += command.mixdowns

    async def _entitlement(self, request: rpc.GetEntitlement) -> rpc.Entitlement:
        if request.user_id in self.unreadable:
            raise RemoteFailure("nobody can tell what this plan is")
        pro = request.user_id in self.pro
        return rpc.Entitlement(
            plan="pro" if pro else "free",
            status="active",
            daily_generations=None if pro else 2,
            remaining_today=None if pro else 2,
            offline_downloads=pro,
            mixdown_minutes=self.pro.get(request.user_id, 0),
            paid_until=self.paid_until if pro else None,
        )

    async def _voices(self, _request: rpc.ListVoices) -> rpc.VoiceList:
        return rpc.VoiceList(
            voices=tuple(offer(voice) for voice in VOICES), fallback_voice_id="nova"
        )

    async def _reserve(self, request: rpc.ReserveGeneration) -> rpc.Entitlement:
        self.wishes.append(request)
        left = self.generations.get(request.user_id, 1000)
        if request.reservation_id not in self.holding:
            if left == 0:
                raise FreeLimitReached("none is left")
            left -= 1
            self.generations[request.user_id] = left
            self.holding.add(request.reservation_id)
            self.reserved.append(request.reservation_id)
        return rpc.Entitlement(
            plan="free",
            status="active",
            daily_generations=1000,
            remaining_today=left,
            offline_downloads=False,
        )

    async def _take_note(self, _event: Event) -> None:
        """What a job cost, and who moved or went, changes nothing here."""

    async def _settle(self, event: events.GenerationSettled) -> None:
        if event.outcome == "released" and event.reservation_id in self.holding:
            self.holding.remove(event.reservation_id)
            self.generations[event.user_id] = self.generations.get(event.user_id, 1000) + 1
