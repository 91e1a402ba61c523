"""One service's consumer as a process of its own: hears COUNT stems, says when it began and ended.

``python -m performance.messaging_consumer AMQP_URL DATABASE_URL COUNT inbox|none``; on standard
output the moments (monotonic clock of the machine) of readiness, of the first and the last message.
"""

from __future__ import annotations

import asyncio
import sys
import time

import uvloop
from ab_shared.contracts.commands import PublishStem
from ab_shared.database.engine import engine_for
from ab_shared.database.transaction import Transactions
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus

POOL = 8  # the default of every service


def _say(word: str) -> None:
    sys.stdout.write(f"{word} {time.monotonic()}\n")
    sys.stdout.flush()


async def consume(amqp_url: str, database_url: str, count: int, *, inbox: bool) -> None:
    """Hears ``count`` different messages; with an inbox each is marked in a transaction."""
    engine = engine_for(database_url, pool_size=POOL)
    transactions = Transactions(engine, producer="stitching", relay=None)
    heard: set[str] = set()
    done = asyncio.Event()

    async def handle(message: PublishStem) -> None:
        if inbox:
            async with transactions.begin() as transaction:
                await transaction.first_time("bench")
        if not heard:
            _say("first")
        heard.add(message.stem_id)
        if len(heard) == count:
            done.set()

    bus = RabbitBus(amqp_url, "stitching")
    subscriptions = Subscriptions()
    subscriptions.on(PublishStem, handle)
    await bus.start()
    _say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    await bus.serve(subscriptions)
    await done.wait()
    _say("last")
    await asyncio.to_thread(sys.stdin.readline)
    await bus.drain(5)
    await bus.close()
    await engine.dispose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        AMQP, DATABASE, COUNT, KIND = sys.argv[1:]
        runner.run(consume(AMQP, DATABASE, int(COUNT), inbox=KIND == "inbox"))
