"""One run: start, order, break, wait for quiet, judge."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ab_client.api import ApiClient
from ab_client.errors import ClientError
from failures.chaos.evidence import Evidence, collect
from failures.chaos.journal import keep_journal
from failures.chaos.listeners import Listener, Outcome, Patience, sign_up
from failures.chaos.orders import Order, make_orders
from failures.chaos.quiet import wait_for_quiet
from failures.chaos.saboteur import Saboteur
from failures.chaos.schedule import make_schedule
from failures.chaos.spy import Broker
from failures.chaos.stack import ChaosStack, started
from failures.chaos.verdict import verdict

FEWEST_ROUNDS, JOBS_A_ROUND = 6, 12
# A round with its recovery and the work after it, by experience.
ROUND_SECONDS, PAUSE_SECONDS = 10.0, 2.0
PATIENCE_SECONDS, QUIET_SECONDS = 600.0, 240.0


def say(text: str) -> None:
    """Progress, beside the figures."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def rounds_for(count: int) -> int:
    """How many rounds of faults go with so many jobs."""
    return max(FEWEST_ROUNDS, count // JOBS_A_ROUND)


async def run(seed: int, count: int, rounds: int, state: Path) -> dict[str, Any]:
    """The figures of a run, with what was counted of that which must be 0."""
    say("starting a stack of its own")
    with started(state) as stack:
        return await _run(stack, seed, count, rounds)


async def _run(stack: ChaosStack, seed: int, count: int, rounds: int) -> dict[str, Any]:
    for database in stack.databases:
        await keep_journal(stack.database_url(database), database)
    await asyncio.to_thread(Broker(stack.running.description).listen)
    clients = await sign_up(stack.running.gateway_url)
    window = rounds * ROUND_SECONDS
    patience = Patience(time.monotonic() + window + PATIENCE_SECONDS)
    saboteur = Saboteur(stack, lambda: _answers(clients[0]), say)
    began = time.monotonic()
    ordering = asyncio.create_task(_order_all(clients, make_orders(seed, count, window), patience))
    await saboteur.run(make_schedule(seed, rounds), PAUSE_SECONDS)
    say("no more faults; waiting for every listener")
    outcomes = await ordering
    say("waiting for quiet")
    quiet = await wait_for_quiet(stack, QUIET_SECONDS)
    evidence = await collect(stack, outcomes, await _spent(clients))
    for client in clients:
        await client.__aexit__(None, None, None)
    counts, details = verdict(evidence)
    return {
        "seed": seed,
        **counts,
        "faults_injected": saboteur.injected,
        "max_recovery_s": round(max(saboteur.recoveries), 1),
        "seconds": round(time.monotonic() - began),
        "quiet": quiet,
        "seen": _seen(evidence, patience),
        "found": details,
    }


async def _order_all(
    clients: list[ApiClient], orders: list[Order], patience: Patience
) -> list[Outcome]:
    began = time.monotonic()

    async def one(order: Order) -> Outcome:
        await asyncio.sleep(max(0.0, began + order.at - time.monotonic()))
        return await Listener(clients[order.user], patience).fulfil(order)

    return list(await asyncio.gather(*(one(order) for order in orders)))


async def _answers(client: ApiClient) -> bool:
    try:
        await asyncio.gather(client.me(), client.entitlement(), client.sessions(limit=1))
    except ClientError:
        return False
    return True


async def _spent(clients: list[ApiClient]) -> dict[str, int]:
    """What each user is told to have used of the day."""
    spent = {}
    for client in clients:
        told = await client.entitlement()
        left = told.remaining_free_generations_today
        spent[(await client.me()).id] = told.limits.daily_generations - left
    return spent


def _seen(evidence: Evidence, patience: Patience) -> dict[str, Any]:
    reasons = Counter(o.reason for o in evidence.outcomes if o.end == "failed")
    seconds = sorted(o.seconds for o in evidence.outcomes if o.end == "ready")
    return {
        "failed_reasons": dict(reasons),
        "retried_requests": dict(patience.met),
        "jobs_revived": sum(1 for job in evidence.of("session.jobs") if job["revivals"]),
        "ready_p50_s": seconds[len(seconds) // 2] if seconds else None,
        "ready_max_s": seconds[-1] if seconds else None,
        "reads_spoken": len(evidence.of("tts.reads")),
        "messages": len(evidence.heard),
        "dead_queues": {q: n for q, n in evidence.waiting.items() if q.endswith(".dead") and n},
    }
