"""``python -m performance.messaging``: what confirms, outbox and inbox cost, against raw RabbitMQ.

Everything runs in one go on servers of its own; one JSON object comes last on standard output.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aio_pika
import psutil
import uvloop
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.envelope import wrap
from ab_shared.database.migrations import Migrations
from ab_shared.database.relay import OutboxRelay
from ab_shared.database.transaction import Transactions
from ab_shared.messaging.codec import encode
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.testing.databases import DatabaseServer, ServiceDatabase
from ab_shared.testing.virtual_hosts import virtual_host
from sqlalchemy import text

from performance.stack import OwnStack, say

STATE = Path(".local/bench-messaging")
MESSAGES = 10_000
PUBLISHED = 5_000
IN_FLIGHT = 32  # what the outbox's relay keeps in flight
WRITERS = 8  # as many as a service has database sessions
QUEUE = "stitching.publish_stem"
BULK = 200
MEBIBYTE = 2**20
Send = Callable[[int], Awaitable[None]]


def stem(number: int) -> PublishStem:
    """A small command that differs from every other."""
    return PublishStem(stem_id=f"bench-{number}")


async def rate(send: Send, times: int, workers: int) -> float:
    """Calls a second with so many at once."""
    numbers: Iterator[int] = iter(range(times))

    async def worker() -> None:
        for number in numbers:
            await send(number)

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(workers)))
    return times / (time.perf_counter() - began)


class Bench:
    """One virtual host and one database."""

    def __init__(self, amqp_url: str, database: ServiceDatabase) -> None:
        self._url = amqp_url
        self._database = database
        self._numbers = count()

    async def publishing(self) -> dict[str, float]:
        """Messages a second: fire and forget, confirmed, and through the outbox."""
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel(publisher_confirms=False)
            exchange = await channel.get_exchange("ab.commands", ensure=False)

            async def throw(number: int) -> None:
                envelope = wrap(stem(number), producer="session", correlation_id="bench")
                message = aio_pika.Message(encode(envelope), delivery_mode=2)
                await exchange.publish(message, stem(number).routing_key, mandatory=False)

            unconfirmed = await rate(throw, PUBLISHED, IN_FLIGHT)
        async with self._bus() as bus:

            async def confirm(number: int) -> None:
                await bus.publish(wrap(stem(number), producer="session", correlation_id="bench"))

            confirmed = await rate(confirm, PUBLISHED, IN_FLIGHT)
            outbox, plain, writing = await self._outbox(bus)
        await self._purge()
        return {
            "unconfirmed": unconfirmed,
            "confirmed": confirmed,
            "outbox": outbox,
            "transactions_plain": plain,
            "transactions_with_outbox": writing,
        }

    async def _outbox(self, bus: RabbitBus) -> tuple[float, float, float]:
        """Rates of: sent through the outbox while it is written, transactions without and with."""
        relay = OutboxRelay(self._database.engine, bus)
        plain = Transactions(self._database.engine, producer="session", relay=None)
        sending = Transactions(self._database.engine, producer="session", relay=relay)
        mark = text("INSERT INTO inbox (consumer, message_id) VALUES ('bench', :number)")

        async def write(number: int) -> None:
            async with plain.begin() as transaction:
                await transaction.connection.execute(mark, {"number": f"plain-{number}"})

        async def write_and_send(number: int) -> None:
            async with sending.begin() as transaction:
                await transaction.connection.execute(mark, {"number": f"sent-{number}"})
                await transaction.send(stem(number))

        without = await rate(write, PUBLISHED, WRITERS)
        running = asyncio.create_task(relay.run())
        began = time.perf_counter()
        with_outbox = await rate(write_and_send, PUBLISHED, WRITERS)
        while await self._scalar("SELECT count(*) FROM outbox") > 0:
            relay.wake()
        sent = PUBLISHED / (time.perf_counter() - began)
        relay.stop()
        await running
        return sent, without, with_outbox

    async def raw(self) -> float:
        """Messages a second that aio-pika takes from the queue, acknowledged in bulk."""
        await self._fill()
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=2 * BULK)
            queue = await channel.get_queue(QUEUE, ensure=False)
            done, taken = asyncio.Event(), count(1)

            async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
                number = next(taken)
                if number % BULK == 0:
                    await message.ack(multiple=True)
                if number == MESSAGES:
                    done.set()

            began = time.perf_counter()
            await queue.consume(take)
            await done.wait()
            return MESSAGES / (time.perf_counter() - began)

    async def consuming(self, kind: str) -> dict[str, float]:
        """A backlog of ``MESSAGES`` taken by one service process; its memory; what is missing."""
        await self._scalar("DELETE FROM inbox RETURNING 1")
        await self._fill()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "performance.messaging_consumer"),
            *(self._url, self._database.url, str(MESSAGES), kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a process without pipes")
        await process.stdout.readline()
        before = psutil.Process(process.pid).memory_info().rss
        process.stdin.write(b"go\n")
        moments, peak = await self._watch(process, process.stdout)
        spent = psutil.Process(process.pid).cpu_times()
        left = await self._waiting()
        marked = await self._scalar("SELECT count(*) FROM inbox")
        process.stdin.write(b"end\n")
        await process.wait()
        seconds = moments["last"] - moments["first"]
        return {
            "per_s": MESSAGES / seconds,
            "seconds": seconds,
            "lost": MESSAGES - marked if kind == "inbox" else left,
            # Tells more than the rate where the machine has other things to do.
            "cpu_ms_per_message": (spent.user + spent.system) * 1000 / MESSAGES,
            "rss_before_mib": before / MEBIBYTE,
            "rss_peak_mib": peak / MEBIBYTE,
        }

    async def _watch(
        self, process: asyncio.subprocess.Process, printed: asyncio.StreamReader
    ) -> tuple[dict[str, float], int]:
        moments: dict[str, float] = {}
        peak, seen = 0, psutil.Process(process.pid)
        reading = asyncio.create_task(printed.readline())
        while "last" not in moments:
            await asyncio.wait({reading}, timeout=0.05)
            peak = max(peak, seen.memory_info().rss)
            if reading.done():
                word, _, moment = reading.result().decode().partition(" ")
                if not moment:
                    raise RuntimeError("the consumer has ended")
                moments[word] = float(moment)
                reading = asyncio.create_task(printed.readline())
        reading.cancel()
        return moments, peak

    async def _fill(self) -> None:
        await self._purge()
        async with self._bus() as bus:

            async def send(number: int) -> None:
                await bus.publish(wrap(stem(number), producer="session", correlation_id="bench"))

            await rate(send, MESSAGES, 256)

    async def _purge(self) -> None:
        async with await aio_pika.connect(self._url) as connection:
            await (await (await connection.channel()).get_queue(QUEUE)).purge()

    async def _waiting(self) -> int:
        async with await aio_pika.connect(self._url) as connection:
            queue = await (await connection.channel()).declare_queue(QUEUE, passive=True)
            return queue.declaration_result.message_count or 0

    async def _scalar(self, statement: str) -> int:
        async with self._database.engine.begin() as connection:
            return int((await connection.execute(text(statement))).scalar() or 0)

    @asynccontextmanager
    async def _bus(self) -> AsyncIterator[RabbitBus]:
        bus = RabbitBus(self._url, "session")
        await bus.start()
        yield bus
        await bus.close()


async def measure(description: dict[str, Any]) -> dict[str, Any]:
    """All figures; rates are messages a second, ratios are of this run."""
    broker = description["infrastructure"]["rabbitmq"]
    server = DatabaseServer(description["infrastructure"]["postgres"]["admin_url"])
    try:
        with virtual_host(broker["amqp_url"], broker["management_url"]) as url:
            await declare(url)
            database = await server.create(Migrations.of("stitching"))
            bench = Bench(url, database)
            say("publishing")
            published = await bench.publishing()
            say("consuming without anything")
            raw = await bench.raw()
            say("consuming without an inbox")
            bare = await bench.consuming("none")
            say("consuming with an inbox")
            kept = await bench.consuming("inbox")
            await server.drop(database)
    finally:
        await server.close()
    return {
        "messages": MESSAGES,
        "publish_per_s": _rounded(published),
        "ratio_confirms_on_to_off": round(published["confirmed"] / published["unconfirmed"], 3),
        "ratio_outbox_on_to_off": round(published["outbox"] / published["confirmed"], 3),
        "ratio_transactions_with_outbox": round(
            published["transactions_with_outbox"] / published["transactions_plain"], 3
        ),
        "raw_consume_per_s": round(raw, 1),
        "consumer_per_s": {
            "inbox_on": round(kept["per_s"], 1),
            "inbox_off": round(bare["per_s"], 1),
        },
        "ratio_inbox_on_to_off": round(kept["per_s"] / bare["per_s"], 3),
        "ratio_consumer_to_raw": {
            "inbox_on": round(kept["per_s"] / raw, 3),
            "inbox_off": round(bare["per_s"] / raw, 3),
        },
        "cpu_ms_per_message": {
            "inbox_on": round(kept["cpu_ms_per_message"], 3),
            "inbox_off": round(bare["cpu_ms_per_message"], 3),
        },
        "backlog": _rounded(kept),
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


def main() -> int:
    """Starts servers of its own, measures, stops them; progress goes to standard error."""
    with (
        OwnStack(STATE, infra_only=True) as stack,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        figures = runner.run(measure(stack.description))
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if figures["backlog"]["lost"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
