"""P6: whatever is delivered again, however often and late, changes nothing more."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.events import ReadFailed
from ab_shared.errors import ErrorCode
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.messaging.topology import COMMANDS, EVENTS
from aio_pika.abc import AbstractIncomingMessage
from failures.listener import Listener, listening, new_line
from failures.troupe import WORKERS, Troupe, eventually

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

MESSAGING = ("outbox", "inbox", "alembic_version")
ROWS = "SELECT to_jsonb(t)::text AS row FROM TABLE AS t"
LATER = "UPDATE TABLE SET SETS"
DAY_LATE = "interval '25 hours'"
TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# Beside sounds asked_at is told by the messages, and a copy says what the first one said.
INSTANTS = """
    SELECT table_name AS name, string_agg(format('%1$I = %1$I - {late}', column_name), ', ') AS sets
    FROM information_schema.columns JOIN pg_tables ON tablename = table_name
    WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'
    AND (column_name <> 'asked_at' OR table_name = 'stems') GROUP BY table_name
"""
Rows = dict[str, list[str]]


async def everything(troupe: Troupe) -> tuple[Rows, dict[str, tuple[str, str]]]:
    """Every row of every table that holds an effect, and every object."""
    found: Rows = {}
    for service in WORKERS:
        for table in await troupe.rows(service, TABLES):
            if table["name"] in MESSAGING:
                continue
            rows = await troupe.rows(service, ROWS.replace("TABLE", table["name"]))
            found[f"{service}.{table['name']}"] = sorted(row["row"] for row in rows)
    return found, await troupe.objects()


@asynccontextmanager
async def eavesdropping(troupe: Troupe) -> AsyncIterator[list[AbstractIncomingMessage]]:
    """Every command and event that is sent inside the block."""
    heard: list[AbstractIncomingMessage] = []

    async def hear(message: AbstractIncomingMessage) -> None:
        heard.append(message)

    async with await aio_pika.connect(troupe.rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        for exchange in (COMMANDS, EVENTS):
            await queue.bind(exchange, "#")
        await queue.consume(hear, no_ack=True)
        yield heard
        await troupe.quiet()


async def deliver(troupe: Troupe, messages: Sequence[AbstractIncomingMessage]) -> None:
    """Sends copies: same bytes, same headers, same message ids."""
    async with await aio_pika.connect(troupe.rabbitmq_url) as connection:
        channel = await connection.channel()
        for message in messages:
            copy = aio_pika.Message(
                message.body, headers=message.headers, message_id=message.message_id
            )
            exchange = await channel.get_exchange(message.exchange or "", ensure=False)
            await exchange.publish(copy, message.routing_key or "")
    await troupe.quiet(120)


async def a_busy_evening(troupe: Troupe, listener: Listener) -> None:
    """Jobs that are finished, shared, cancelled and failed."""
    line = new_line()
    done = [await listener.create([line]), await listener.create([line, new_line()])]
    cancelled = await listener.create([new_line(), new_line()])
    await listener.ask(rpc.CancelJob(job_id=cancelled.job.id, user_id=listener.user_id))
    for created in done:
        await listener.ended(created.job.id)
    troupe.actor("tts").kill()
    failed = await listener.create([new_line()])
    await _says_no(troupe, failed.job.id)
    assert (await listener.ended(failed.job.id)).status == "failed"
    troupe.ensure("tts")


async def _says_no(troupe: Troupe, job_id: UUID) -> None:
    """Fails a read in the name of tts."""
    wanted = "SELECT speech_address FROM job_reads WHERE job_id = $1 LIMIT 1"
    (read,) = await troupe.rows("session", wanted, job_id)
    no = ReadFailed(
        speech_address=read["speech_address"], code=ErrorCode.VALIDATION_ERROR, message="No."
    )
    bus = RabbitBus(troupe.rabbitmq_url, "tts")
    await bus.start()
    await bus.publish(wrap(no, producer="tts", correlation_id=str(uuid4())))
    await bus.close()


async def test_a_second_tenth_or_belated_delivery_changes_nothing(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    dice = random.Random(6)
    async with listening(troupe, lasts=90) as listener:
        left = await listener.left()
        async with eavesdropping(troupe) as heard:
            await a_busy_evening(troupe, listener)
        messages = list(heard)
        kinds = {message.routing_key for message in messages}
        assert {"tts.read_failed.v1", "session.generation_settled.v1"} <= kinds
        before = await everything(troupe)
        for times in (1, 9):
            again = messages * times
            dice.shuffle(again)
            await deliver(troupe, again)
            assert_same(before, await everything(troupe))
        assert left - await listener.left() == 2
        # A day later: everything that happened lies 25 hours back.
        await _turn_back(troupe)
        yesterday = await everything(troupe)
        await deliver(troupe, messages)
        assert_same(yesterday, await everything(troupe))
        assert await troupe.dead() == 0


def assert_same(before: Any, after: Any) -> None:
    """Names the tables that differ, and one row of each, instead of all of them."""
    for name, rows in before[0].items():
        changed = set(after[0][name]) ^ set(rows)
        assert not changed, f"{name}: {sorted(changed)[:4]}"
    assert after[1] == before[1]


async def _turn_back(troupe: Troupe) -> None:
    for service in WORKERS:
        async with troupe.unchecked(service) as connection:
            for table in await connection.fetch(INSTANTS.format(late=DAY_LATE.replace("'", "''"))):
                statement = LATER.replace("TABLE", table["name"]).replace("SETS", table["sets"])
                await connection.execute(statement)


async def test_twenty_who_ask_at_once_have_it_spoken_once(troupe: Troupe) -> None:
    troupe.only(*WORKERS, "tts-2")
    line = new_line()
    speakers = [troupe.actor("tts"), troupe.actor("tts-2")]

    def spoken() -> float:
        return sum(a.metric("ab_speech_provider_calls_total") for a in speakers)

    async with listening(troupe) as listener:
        before = spoken()
        users = [Listener(listener.bus, f"{listener.user_id}-{n}") for n in range(20)]
        left = [await user.left() for user in users]
        created = await asyncio.gather(*(user.create([line]) for user in users))
        jobs = [await user.ended(one.job.id) for user, one in zip(users, created, strict=True)]
        await troupe.quiet()
        assert {job.status for job in jobs} == {"completed"}
        assert spoken() - before == 2
        assert sum(job.counts["spoken"] for job in jobs) == 2
        assert sum(job.counts["tracks"] for job in jobs) == 1
        assert [n - 1 for n in left] == [await user.left() for user in users]
        wanted = "SELECT DISTINCT track_address FROM jobs WHERE owner_user_id LIKE $1"
        tracks = await troupe.rows("session", wanted, f"{listener.user_id}-%")
        assert len(tracks) == 1


async def test_one_create_sent_ten_times_at_once_costs_one_generation(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    async with listening(troupe) as listener:
        left, lines = await listener.left(), [new_line()]
        first = await listener.create(lines)
        again = await asyncio.gather(*(listener.create(lines, first.session.id) for _ in range(10)))
        assert {one.job.id for one in again} == {first.job.id}
        await listener.ended(first.job.id)

        async def spent() -> bool:
            return left - await listener.left() == 1

        await eventually(spent)
