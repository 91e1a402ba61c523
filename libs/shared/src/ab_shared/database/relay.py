"""Moves messages from the outbox to the broker: each at least once, one stuck row stops nobody."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ab_shared.database import relay_metrics
from ab_shared.database.failures import connected
from ab_shared.database.outbox import Outgoing
from ab_shared.database.outbox_row import OutboxRow, fault_of
from ab_shared.errors import AbError, DependencyUnavailable
from ab_shared.messaging.ports import Outlet, Unsendable

# Enough to keep the confirms below busy; more would only hold its rows longer.
BATCH = 200
# 16 to 32 confirms in flight reach 90 % of what the broker takes; one at a time an eighth.
IN_FLIGHT = 32
PUBLISH_SECONDS = 10.0
# A commit in this process wakes the relay; polling is for rows other processes left behind.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
LONGEST_OUTAGE_PAUSE = 0.5  # two turns fit into a row's wait: others get theirs
# The transaction is open while the broker confirms: after this time no more are begun in it.
SLOW_BATCH_SECONDS = 2.0
MEASURE_SECONDS = 5.0

_DUE = text(
    "SELECT id, envelope, headers, attempts FROM outbox WHERE next_attempt_at <= now() "
    "ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED"
)
_SENT = text("DELETE FROM outbox WHERE id = ANY(CAST(:ids AS bigint[]))")
_PUT_OFF = text(
    "UPDATE outbox SET attempts = late.attempts, "
    "next_attempt_at = clock_timestamp() + make_interval(secs => late.seconds) "
    "FROM unnest(CAST(:ids AS bigint[]), CAST(:attempts AS integer[]), CAST(:seconds AS float8[])) "
    "AS late (id, attempts, seconds) WHERE outbox.id = late.id"
)
_STATE = text(
    "SELECT count(*) AS pending, "
    "coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) AS oldest FROM outbox"
)
logger = logging.getLogger("ab.outbox")

WaitingRow: TypeAlias = Row[tuple[int, str, str, int]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of one batch; ``outage``: the broker or the database seems to be away."""

    sent: int = 0
    full: bool = False
    outage: bool = False


class OutboxRelay:
    """Sends what the outbox holds, as one task per process; several processes share the work.

    Messages start in the order of their rows; with several senders, retries and returns they
    can arrive in any order, and twice.
    """

    def __init__(self, engine: AsyncEngine, publisher: Outlet) -> None:
        self._engine = engine
        self._publisher = publisher
        self._woken = asyncio.Event()
        self._stopping = asyncio.Event()
        self._measured_at = -MEASURE_SECONDS

    def wake(self) -> None:
        """Something was committed: look now instead of at the next turn."""
        self._woken.set()

    def stop(self) -> None:
        """Lets ``run`` return after the batch in hand."""
        self._stopping.set()
        self._woken.set()

    async def run(self) -> None:
        """Sends until ``stop``; lives through outages of the broker and of the database."""
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            # Before looking, never after: what is committed during the look sets it again.
            self._woken.clear()
            batch = await self._turn()
            if batch.outage:
                pause = min(pause * 2, LONGEST_OUTAGE_PAUSE)
                await _wait(self._stopping, pause)  # waking up sooner would not help
                continue
            pause = SHORTEST_PAUSE if batch.sent else min(pause * 2, LONGEST_PAUSE)
            if not batch.full:
                await _wait(self._woken, pause)

    async def _turn(self) -> Batch:
        try:
            batch = await self.send_due()
            await self._measure()
        except DependencyUnavailable:
            return Batch(outage=True)
        except Exception:  # whatever it is, the rows are safe and somebody must go on sending
            logger.exception("The outbox relay failed")
            return Batch(outage=True)
        return batch

    async def send_due(self) -> Batch:
        """Sends one batch and forgets what the broker confirmed."""
        async with connected(self._engine) as connection, connection.begin():
            rows = (await connection.execute(_DUE, {"batch": BATCH})).all()
            failures = await self._publish_all(rows)
            # Forgotten in the transaction that locked them: a crash before its commit sends them
            # twice, never not at all.
            sent = [row.id for row in rows if failures.get(row.id, _UNTRIED) is None]
            parked = await self._park_spent(rows, failures)
            if sent or parked:
                await connection.execute(_SENT, {"ids": [*sent, *parked]})
            outage = not sent and _is_outage(failures)
            await _put_off(connection, [row for row in rows if row.id not in parked], failures)
        relay_metrics.PUBLISHED.inc(len(sent))
        return Batch(len(sent), len(rows) == BATCH, outage)

    async def _park_spent(
        self, rows: Sequence[WaitingRow], failures: dict[int, Exception | None]
    ) -> set[int]:
        """Sets aside what has spent its budget; the rows that may be forgotten for it."""
        parked: set[int] = set()
        for row in rows:
            error = failures.get(row.id)
            if error is None or not OutboxRow(attempts=row.attempts).spent(fault_of(error)):
                continue
            lost = Unsendable(row.envelope.encode(), _headers(row.headers), error, row.attempts + 1)
            try:
                await self._publisher.set_aside(lost)
            except AbError as trouble:  # it stays: a row leaves for a place that has confirmed it
                failures[row.id] = trouble
                continue
            parked.add(row.id)
            relay_metrics.PARKED.labels(error=type(error).__name__).inc()
            details = {"outbox_id": row.id, "error": type(error).__name__}
            logger.error("A message can never be sent and is a dead letter now", extra=details)
        return parked

    async def _publish_all(self, rows: Sequence[WaitingRow]) -> dict[int, Exception | None]:
        """The failure of each row that was tried, None for those the broker confirmed."""
        outcomes: dict[int, Exception | None] = {}
        waiting = iter(rows)
        late = time.monotonic() + SLOW_BATCH_SECONDS

        async def sender() -> None:
            for row in waiting:
                outcomes[row.id] = await self._publish(row.envelope, row.headers)
                if time.monotonic() > late:
                    return

        await asyncio.gather(*(sender() for _ in range(min(IN_FLIGHT, len(rows)))))
        return outcomes

    async def _publish(self, envelope: str, headers: str) -> Exception | None:
        try:
            message = Outgoing.stored(envelope, headers)
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._publisher.publish(message.envelope, headers=message.headers)
        except TimeoutError:
            return DependencyUnavailable("The broker did not confirm in time")
        except Exception as error:  # the row keeps it from being lost
            return error
        return None

    async def _measure(self) -> None:
        if time.monotonic() - self._measured_at < MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        async with connected(self._engine) as connection:
            state = (await connection.execute(_STATE)).one()
        relay_metrics.PENDING.set(state.pending)
        relay_metrics.OLDEST.set(float(state.oldest))


_UNTRIED = DependencyUnavailable("Not tried")


def _headers(stored: str) -> dict[str, str]:
    try:
        return {str(k): str(v) for k, v in orjson.loads(stored).items()}
    except (orjson.JSONDecodeError, AttributeError):
        return {}


def _is_outage(failures: dict[int, Exception | None]) -> bool:
    return any(isinstance(error, DependencyUnavailable) for error in failures.values())


async def _put_off(
    connection: AsyncConnection,
    rows: Sequence[WaitingRow],
    failures: dict[int, Exception | None],
) -> None:
    """Lets failed rows wait apart, each as long as its own life says."""
    later: dict[int, OutboxRow] = {}
    for row in rows:
        error = failures.get(row.id)
        if error is None:
            continue
        later[row.id] = OutboxRow(attempts=row.attempts).failed(fault_of(error))
        relay_metrics.PUT_OFF.labels(error=type(error).__name__).inc()
        if later[row.id].attempts > row.attempts:
            details = {"outbox_id": row.id, "error": type(error).__name__, "attempt": row.attempts}
            logger.warning("A message cannot be sent yet", extra=details)
    if later:
        attempts = [row.attempts for row in later.values()]
        seconds = [row.wait for row in later.values()]
        values = {"ids": list(later), "attempts": attempts, "seconds": seconds}
        await connection.execute(_PUT_OFF, values)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
