from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import ReadFailed
from ab_shared.database import outbox
from ab_shared.database.engine import engine_for
from ab_shared.database.message_tables import OUTBOX
from ab_shared.database.outbox_row import REFUSED_BUDGET, STRANDED_BUDGET
from ab_shared.database.relay import OutboxRelay
from ab_shared.database.transaction import Transactions
from ab_shared.errors import (
    DependencyUnavailable,
    InvalidMessage,
    Overloaded,
    PermanentError,
    Unroutable,
)
from ab_shared.messaging.headers import REQUEST_ID, trace_context
from ab_shared.messaging.ports import Unsendable
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.databases import DatabaseServer, ServiceDatabase
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import func, insert, make_url, select, text

FAILED = ReadFailed(speech_address="0" * 64, code="no", message="private words")


class RecordingPublisher:
    """Keeps what it is given; ``fault`` decides by envelope what to raise instead."""

    def __init__(self) -> None:
        self.published: list[tuple[Envelope, Mapping[str, str]]] = []
        self.tried: list[str] = []
        self.aside: list[Unsendable] = []
        self.aside_fault: Exception | None = None
        self.fault: Callable[[Envelope], Exception | None] = lambda _: None
        self._changed = asyncio.Condition()

    async def publish(
        self, envelope: Envelope, *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.tried.append(envelope.id)
        await asyncio.sleep(0)
        failure = self.fault(envelope)
        async with self._changed:
            self._changed.notify_all()
            if failure is not None:
                raise failure
            self.published.append((envelope, headers or {}))

    async def set_aside(self, lost: Unsendable) -> None:
        if self.aside_fault is not None:
            raise self.aside_fault
        self.aside.append(lost)

    @property
    def ids(self) -> list[str]:
        return [envelope.id for envelope, _ in self.published]

    async def until_published(self, count: int) -> None:
        await self.until(lambda: len(self.published) == count)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(true)


@pytest.fixture
def publisher() -> RecordingPublisher:
    return RecordingPublisher()


@asynccontextmanager
async def running(relay: OutboxRelay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        relay.stop()
        async with asyncio.timeout(10):
            await task


async def waiting(database: ServiceDatabase) -> int:
    async with database.engine.connect() as connection:
        found = await connection.execute(select(func.count()).select_from(OUTBOX))
        return found.scalar_one()


@pytest.mark.real
class TestOutboxRelay:
    @pytest.fixture
    def relay(self, notes: ServiceDatabase, publisher: RecordingPublisher) -> OutboxRelay:
        return OutboxRelay(notes.engine, publisher)

    @pytest.fixture
    def transactions(self, notes: ServiceDatabase, relay: OutboxRelay) -> Transactions:
        return Transactions(notes.engine, producer="tts", relay=relay)

    async def send(self, transactions: Transactions, *ids: str) -> None:
        async with transactions.begin() as transaction:
            for message_id in ids:
                await transaction.send(FAILED, message_id=message_id)

    async def test_sends_in_order_and_forgets(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
    ) -> None:
        ids = [f"m{number:04}" for number in range(450)]
        await self.send(transactions, *ids)
        batches = [await relay.send_due() for _ in range(4)]
        assert [batch.sent for batch in batches] == [200, 200, 50, 0]
        assert publisher.ids == ids
        assert await waiting(notes) == 0

    async def test_a_commit_is_enough_to_set_it_going(
        self, relay: OutboxRelay, transactions: Transactions, publisher: RecordingPublisher
    ) -> None:
        async with running(relay):
            for number in range(10):
                await self.send(transactions, f"m{number}")
                await publisher.until_published(number + 1)

    async def test_finds_what_somebody_else_committed(
        self,
        relay: OutboxRelay,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
    ) -> None:
        async with running(relay):
            await self.send(Transactions(notes.engine, producer="tts", relay=None), "m1")
            await publisher.until(lambda: publisher.ids == ["m1"])

    async def test_trace_and_request_travel_with_the_message(
        self, relay: OutboxRelay, transactions: Transactions, publisher: RecordingPublisher
    ) -> None:
        tracer = TracerProvider().get_tracer("test")
        with tracer.start_as_current_span("request") as span, bound(Context(request_id="abc")):
            await self.send(transactions, "m1")
        await relay.send_due()
        ((_, headers),) = publisher.published
        assert headers[REQUEST_ID] == "abc"
        found = trace.get_current_span(trace_context(headers)).get_span_context()
        assert found.trace_id == span.get_span_context().trace_id

    async def test_a_message_nobody_takes_stops_no_other(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
    ) -> None:
        publisher.fault = lambda e: PermanentError("no queue") if e.id == "stuck" else None
        await self.send(transactions, "stuck", "m1", "m2")
        async with running(relay):
            await publisher.until(lambda: publisher.ids == ["m1", "m2"])
            await publisher.until(lambda: publisher.tried.count("stuck") == 3)
            assert await waiting(notes) == 1
            publisher.fault = lambda _: None
            await publisher.until(lambda: publisher.ids == ["m1", "m2", "stuck"])

    async def test_even_a_full_batch_of_such_messages_stops_no_other(
        self, relay: OutboxRelay, transactions: Transactions, publisher: RecordingPublisher
    ) -> None:
        def fault(envelope: Envelope) -> Exception | None:
            return DependencyUnavailable("down") if envelope.id.startswith("stuck") else None

        publisher.fault = fault
        await self.send(transactions, *(f"stuck{number}" for number in range(250)), "m1")
        async with running(relay):
            await publisher.until(lambda: publisher.ids == ["m1"])

    async def test_a_row_it_cannot_read_stops_no_other(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        notes: ServiceDatabase,
    ) -> None:
        async with notes.engine.begin() as connection:
            await connection.execute(insert(OUTBOX).values(envelope="{", headers="["))
        await self.send(transactions, "m1")
        assert (await relay.send_due()).sent == 1
        assert await waiting(notes) == 1

    async def spend(self, notes: ServiceDatabase, attempts: int) -> None:
        """Lets every row have failed so often, and be due."""
        late = "UPDATE outbox SET attempts = :attempts, next_attempt_at = now()"
        async with notes.engine.begin() as connection:
            await connection.execute(text(late), {"attempts": attempts})

    @pytest.mark.parametrize(
        ("error", "budget"),
        [(InvalidMessage("no"), REFUSED_BUDGET), (Unroutable("nobody"), STRANDED_BUDGET)],
    )
    async def test_what_can_never_be_sent_is_set_aside_when_its_budget_is_spent(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
        error: Exception,
        budget: int,
    ) -> None:
        publisher.fault = lambda e: error if e.id == "stuck" else None
        await self.send(transactions, "stuck")
        await self.spend(notes, budget - 2)
        await relay.send_due()
        assert (publisher.aside, await waiting(notes)) == ([], 1)
        await self.spend(notes, budget - 1)
        await self.send(transactions, "m1")
        await relay.send_due()
        (lost,) = publisher.aside
        assert (lost.error, lost.attempt) == (error, budget)
        assert Envelope.model_validate_json(lost.body).id == "stuck"
        assert REQUEST_ID in lost.headers
        assert await waiting(notes) == 0
        assert publisher.ids == ["m1"]

    async def test_a_row_nobody_can_read_is_set_aside_as_it_is(
        self, relay: OutboxRelay, publisher: RecordingPublisher, notes: ServiceDatabase
    ) -> None:
        async with notes.engine.begin() as connection:
            await connection.execute(insert(OUTBOX).values(envelope="{", headers="["))
        await self.spend(notes, REFUSED_BUDGET - 1)
        await relay.send_due()
        assert [(lost.body, lost.headers) for lost in publisher.aside] == [(b"{", {})]
        assert await waiting(notes) == 0

    async def test_it_stays_in_the_outbox_until_it_lies_elsewhere(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
    ) -> None:
        publisher.fault = lambda _: InvalidMessage("no")
        publisher.aside_fault = DependencyUnavailable("away")
        await self.send(transactions, "stuck")
        await self.spend(notes, REFUSED_BUDGET - 1)
        await relay.send_due()
        assert await waiting(notes) == 1
        publisher.aside_fault = None
        await self.spend(notes, REFUSED_BUDGET - 1)
        await relay.send_due()
        assert (len(publisher.aside), await waiting(notes)) == (1, 0)

    @pytest.mark.parametrize(
        "error", [DependencyUnavailable("away"), Overloaded("full")], ids=["away", "full"]
    )
    async def test_what_time_can_mend_is_never_given_up(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
        error: Exception,
    ) -> None:
        publisher.fault = lambda _: error
        await self.send(transactions, "m1")
        await self.spend(notes, 10_000)
        await relay.send_due()
        assert (publisher.aside, await waiting(notes)) == ([], 1)

    async def test_an_outage_of_the_broker_loses_nothing(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
    ) -> None:
        publisher.fault = lambda _: DependencyUnavailable("away")
        ids = {f"m{number}" for number in range(100)}
        async with running(relay):
            await self.send(transactions, *ids)
            await publisher.until(lambda: len(publisher.tried) > 40)
            assert await waiting(notes) == 100
            publisher.fault = lambda _: None
            await publisher.until(lambda: set(publisher.ids) == ids)
        assert await waiting(notes) == 0

    async def test_several_relays_share_the_work(
        self, notes: ServiceDatabase, transactions: Transactions, publisher: RecordingPublisher
    ) -> None:
        ids = [f"m{number}" for number in range(1000)]
        await self.send(transactions, *ids)
        others = [OutboxRelay(notes.engine, publisher) for _ in range(3)]
        async with running(others[0]), running(others[1]), running(others[2]):
            await publisher.until(lambda: len(publisher.ids) >= len(ids))
        assert sorted(publisher.ids) == sorted(ids)

    async def test_lost_sessions_do_not_end_it(
        self,
        relay: OutboxRelay,
        transactions: Transactions,
        publisher: RecordingPublisher,
        notes: ServiceDatabase,
        database_server: DatabaseServer,
    ) -> None:
        async with running(relay):
            await self.send(transactions, "m1")
            await publisher.until(lambda: publisher.ids == ["m1"])
            await database_server.end_sessions(notes)
            other = engine_for(notes.url, pool_size=1)
            await self.send(Transactions(other, producer="tts", relay=None), "m2")
            await other.dispose()
            # m1 may come twice, if its session was lost before it was forgotten.
            await publisher.until(lambda: set(publisher.ids) == {"m1", "m2"})

    async def test_an_outage_of_the_database_does_not_end_it(
        self, notes: ServiceDatabase, publisher: RecordingPublisher, database_server: DatabaseServer
    ) -> None:
        name = make_url(notes.url).database
        relay = OutboxRelay(notes.engine, publisher)
        stop = f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"
        start = f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"
        async with running(relay):
            await database_server.execute([stop])
            await database_server.end_sessions(notes)
            for _ in range(5):
                assert (await relay._turn()).outage
            await database_server.execute([start])
            await self.send(Transactions(notes.engine, producer="tts", relay=None), "m1")
            await publisher.until(lambda: publisher.ids == ["m1"])

    async def test_add_writes_into_an_open_transaction(
        self, relay: OutboxRelay, publisher: RecordingPublisher, notes: ServiceDatabase
    ) -> None:
        envelope = Envelope.model_validate(
            {
                "type": "tts.read_failed",
                "version": 1,
                "occurred_at": "2026-01-01T00:00:00Z",
                "correlation_id": "c",
                "producer": "tts",
                "data": {},
            }
        )
        async with notes.engine.connect() as connection:
            await outbox.add(connection, envelope)
            await connection.execute(text("ROLLBACK"))
        assert (await relay.send_due()).sent == 0
        async with notes.engine.begin() as connection:
            await outbox.add(connection, envelope)
        assert (await relay.send_due()).sent == 1
        assert publisher.published[0][0] == envelope
