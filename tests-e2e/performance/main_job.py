"""How long a listener waits, and how many of them one machine serves."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import psutil
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.lines import OPENINGS, QUALITIES, THINGS, TIMES
from ab_shared.contracts.http import DraftSession, JobOut

from performance.stack import say

LINES = 4
CACHED_RUNS = 20
FRESH_RUNS = 5
LOAD_USERS = 6
LOAD_SECONDS = 60.0
STEM_QUEUE = "stitching.publish_stem"
STEMS_SECONDS = 300
QUIET_LOOKS = 6  # the broker counts every five seconds
VOICES = ("nova", "alloy", "shimmer", "onyx", "echo", "fable")


@dataclass(frozen=True, slots=True)
class Run:
    """One session from create to ready, in seconds, and its finished job."""

    seconds: float
    job: JobOut


async def sign_up(url: str) -> ApiClient:
    """A new user's client."""
    client = ApiClient(url)
    await client.register(f"bench-{secrets.token_hex(8)}@example.com", secrets.token_hex(16))
    return client


async def run(client: ApiClient, lines: list[str], voice: str = "nova") -> Run:
    """Creates a session and waits until its track is ready."""
    draft = DraftSession(title="Bench", affirmations=lines, voice_id=voice)
    started = time.perf_counter()
    created = await client.create_session(draft)
    job = await wait_for(client, created.audio_job_id)
    return Run(time.perf_counter() - started, job)


def every_line() -> Iterator[str]:
    """All lines that the demo's words can make, in random order, none of them twice."""
    lines = [" ".join(parts) for parts in itertools.product(OPENINGS, QUALITIES, THINGS, TIMES)]
    random.SystemRandom().shuffle(lines)
    return iter(lines)


UNSPOKEN = every_line()


def fresh_lines() -> list[str]:
    """Lines that were never spoken before on a fresh stack, about three seconds each."""
    return list(itertools.islice(UNSPOKEN, LINES))


async def cached(client: ApiClient) -> dict[str, float]:
    """Milliseconds until sessions are ready whose reads exist, but not their track."""
    lines = [line for _ in range(2) for line in fresh_lines()]
    await run(client, lines)
    seconds = [
        (await run(client, sorted(lines, key=lambda _: secrets.randbits(32))[:LINES])).seconds
        for _ in range(CACHED_RUNS)
    ]
    same = [(await run(client, lines)).seconds for _ in range(CACHED_RUNS)]
    return {
        "create_to_ready_cached_ms": _percentiles(seconds),
        "create_to_ready_same_track_ms": _percentiles(same),
    }


def _percentiles(seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return {"p50": round(statistics.median(seconds) * 1000, 1), "p95": round(cuts[18] * 1000, 1)}


class Meters:
    """What speaking and preparing take: processor time of their processes, speech made."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._base = description["infrastructure"]["postgres"]["admin_url"].rsplit("/", 1)[0]
        self._processes = {
            service: [
                psutil.Process(int(entry["pid"]))
                for name, entry in description["services"].items()
                if name.split("-")[0] == service
            ]
            for service in ("tts", "stitching")
        }

    async def totals(self) -> dict[str, float]:
        """Seconds so far: processor time of each of the two services, length of all speech."""
        spent = {name: sum(map(_processor_seconds, many)) for name, many in self._processes.items()}
        connection = await asyncpg.connect(f"{self._base}/tts")
        try:
            milliseconds = await connection.fetchval("SELECT sum(duration_ms) FROM reads")
        finally:
            await connection.close()
        return {**spent, "speech": float(milliseconds or 0) / 1000}


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def fresh(client: ApiClient, meters: Meters) -> dict[str, Any]:
    """Seconds until new sessions are ready, by voice, and what part of it is not sound work.

    ``overhead_ratio``: wall time over the processor time of the speech and stitching processes
    spread over all cores, which is the shortest that the same work could take.
    """
    by_voice: dict[str, float] = {}
    figures: dict[str, Any] = {}
    for voice in VOICES:
        await run(client, fresh_lines(), voice)
        before = await meters.totals()
        runs = [(await run(client, fresh_lines(), voice)).seconds for _ in range(FRESH_RUNS)]
        after = await meters.totals()
        by_voice[voice] = round(statistics.median(runs), 3)
        if voice == "nova":
            each = {name: (after[name] - before[name]) / FRESH_RUNS for name in after}
            least = (each["tts"] + each["stitching"]) / (psutil.cpu_count() or 1)
            figures["speech_s_per_session"] = round(each["speech"], 2)
            figures["tts_cpu_s_per_session"] = round(each["tts"], 3)
            figures["stitching_cpu_s_per_session"] = round(each["stitching"], 3)
            figures["overhead_ratio"] = round(statistics.mean(runs) / least, 2)
    return {"create_to_ready_fresh_s": by_voice["nova"], "fresh_s_by_voice": by_voice, **figures}


async def throughput(url: str) -> dict[str, float]:
    """New sessions a minute with every user starting the next as soon as one is ready."""
    clients = [await sign_up(url) for _ in range(LOAD_USERS)]
    started = time.perf_counter()
    finished: list[float] = []

    async def listener(client: ApiClient) -> None:
        while time.perf_counter() - started < LOAD_SECONDS:
            await run(client, fresh_lines())
            finished.append(time.perf_counter() - started)

    await asyncio.gather(*(listener(client) for client in clients))
    return {"sessions_per_minute_fresh": round(len(finished) / max(finished) * 60, 1)}


async def stems_made(description: dict[str, Any]) -> None:
    """Waits until no stem is asked for or in the making."""
    broker = description["infrastructure"]["rabbitmq"]
    path = f"/api/queues/{broker['vhost']}/{STEM_QUEUE}"
    login = (broker["user"], broker["password"])
    async with httpx.AsyncClient(base_url=broker["management_url"], auth=login) as management:
        async with asyncio.timeout(STEMS_SECONDS):
            quiet = 0
            while quiet < QUIET_LOOKS:
                await asyncio.sleep(1)
                queue = (await management.get(path)).raise_for_status().json()
                quiet = 0 if queue.get("messages", 1) else quiet + 1


def _workers(description: dict[str, Any]) -> dict[str, int]:
    names = [name.split("-")[0] for name in description["services"]]
    return {service: names.count(service) for service in ("tts", "stitching")}


async def measure(description: dict[str, Any]) -> dict[str, Any]:
    """All figures of the main job on a running stack."""
    client, workers = await sign_up(description["gateway_url"]), _workers(description)
    say("waiting until the first session is ready and all stems are made")
    await run(client, fresh_lines())
    await stems_made(description)
    figures: dict[str, Any] = {"workers": workers}
    for title, figure in (
        ("sessions whose reads exist", cached(client)),
        ("new sessions, voice by voice", fresh(client, Meters(description))),
        ("new sessions, all at once", throughput(description["gateway_url"])),
    ):
        say(f"measuring {title}")
        figures.update(await figure)
    return figures
