"""``python -m performance.capacity``: what one core serves, and what users cost, from measurements.

A stack of its own makes sessions and answers an app that looks around; the processor time of every
service and the bytes in the store are read before and after. ``capacity.toml`` holds what cannot
be measured here: prices and habits. A Markdown table, then one JSON object last.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_local.buckets import Buckets
from ab_local.services import MEDIA, READS, SPEECH
from ab_shared.contracts.http_mixdowns import MixdownIn
from observability.stems import leave_out_stems

from performance.capacity_model import (
    Habits,
    Measured,
    Prices,
    Shape,
    instances,
    month,
    sent_a_month,
    sessions_a_second,
    stored_a_month,
)
from performance.main_job import LINES, fresh_lines, run, sign_up, stems_made
from performance.stack import OwnStack, say

ASSUMED = Path(__file__).with_name("capacity.toml")
SESSIONS, ROUNDS, MINUTES = 12, 60, 5
LOOKS = ("/v1/me", "/v1/sessions", "/v1/me/entitlement", "/v1/me/preferences")
CROWDS = (1_000, 10_000, 100_000)
PRO_SECONDS = 60.0


def assumptions() -> tuple[Habits, Prices, Shape]:
    """What is taken for granted; ValueError for a price without a source."""
    told = tomllib.loads(ASSUMED.read_text())
    if not all(price["source"] for price in told["prices"].values()):
        raise ValueError("a price names no source")
    prices = Prices(**{name: price["dollars"] for name, price in told["prices"].items()})
    return Habits(**told["habits"]), prices, Shape(**told["shape"])


def vendor_prices() -> dict[str, float]:
    """Dollars for a million characters by provider, as tts counts them; nothing for our own."""
    told = tomllib.loads((resources.files("ab_tts") / "vendor_voices.toml").read_text())
    bought = {name: told[name]["prices"]["default"] for name in ("elevenlabs", "openai")}
    return {"embedded": 0.0, **bought}


class Meter:
    """Processor seconds of each service, and what lies in the store and the database."""

    def __init__(self, description: dict[str, Any]) -> None:
        self._description = description
        self._processes: dict[str, list[psutil.Process]] = defaultdict(list)
        for name, entry in description["services"].items():
            self._processes[name.split("-")[0]].append(psutil.Process(int(entry["pid"])))

    def cpu(self) -> dict[str, float]:
        """Seconds so far."""
        return {
            service: sum(sum(one.cpu_times()[:2]) for one in many)
            for service, many in self._processes.items()
        }

    def stored(self) -> dict[str, float]:
        """Bytes by bucket; of the media bucket tracks alone."""
        found = dict.fromkeys((SPEECH, READS, MEDIA), 0.0)
        for entry in Buckets(self._description).index():
            if entry.bucket != MEDIA or entry.key.startswith("tracks/"):
                found[entry.bucket] = found.get(entry.bucket, 0.0) + entry.bytes
        return found

    async def rows(self) -> float:
        """Bytes of all tables and indexes."""
        total = 0.0
        base = self._description["infrastructure"]["postgres"]["admin_url"].rsplit("/", 1)[0]
        for name in self._description["infrastructure"]["postgres"]["databases"]:
            connection = await asyncpg.connect(f"{base}/{name}")
            try:
                total += await connection.fetchval("SELECT pg_database_size(current_database())")
            finally:
                await connection.close()
        return total


async def measure(description: dict[str, Any], stack_file: Path) -> Measured:
    """The numbers of this machine."""
    url, meter = description["gateway_url"], Meter(description)
    client = await sign_up(url)
    say("waiting until the first session is ready and nothing else is made")
    first = await run(client, fresh_lines())
    # Nobody listens to the other beds here, and to make them all takes minutes.
    await leave_out_stems(description, first.job.id)
    await stems_made(description)
    say(f"making {SESSIONS} sessions of {LINES} new lines")
    cpu, stored, rows = meter.cpu(), meter.stored(), await meter.rows()
    characters = 0
    for _ in range(SESSIONS):
        lines = fresh_lines()
        characters += sum(map(len, lines))
        await run(client, lines)
    spent, lies, fuller = meter.cpu(), meter.stored(), await meter.rows()
    say(f"asking {ROUNDS * len(LOOKS)} times as an app does")
    request_cpu = await _look_around(url, meter)
    say("making an offline file")
    offline = await _offline(client, stack_file)
    await client.__aexit__(None, None, None)
    return Measured(
        lines=LINES,
        session_cpu={name: (spent[name] - cpu[name]) / SESSIONS for name in cpu},
        request_cpu=request_cpu,
        characters=characters / SESSIONS,
        speech_bytes=(lies[SPEECH] - stored[SPEECH]) / SESSIONS,
        prepared_bytes=(lies[READS] - stored[READS]) / SESSIONS,
        track_bytes=(lies[MEDIA] - stored[MEDIA]) / SESSIONS,
        row_bytes=max(0.0, fuller - rows) / SESSIONS,
        offline_bytes_a_minute=offline / MINUTES,
    )


async def _look_around(url: str, meter: Meter) -> dict[str, float]:
    somebody = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_hex(16)}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
        made = (await http.post("/v1/auth/register", json=somebody)).raise_for_status().json()
        http.headers["Authorization"] = f"Bearer {made['accessToken']}"
        before = meter.cpu()
        for _ in range(ROUNDS):
            for path in LOOKS:
                (await http.get(path)).raise_for_status()
        after = meter.cpu()
    return {name: (after[name] - before[name]) / (ROUNDS * len(LOOKS)) for name in before}


async def _offline(client: ApiClient, stack_file: Path) -> float:
    """Bytes of an offline file of ``MINUTES``; the listener buys the plan that allows it."""
    user = (await client.me()).id
    command = ("--stack", str(stack_file), "simulate", "purchase", user)
    bought = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ab_operator", *command), stdout=subprocess.DEVNULL
    )
    await bought.wait()
    late = time.monotonic() + PRO_SECONDS
    while (await client.entitlement()).plan != "pro":
        if time.monotonic() > late:
            raise TimeoutError("the purchase is not visible")
        await asyncio.sleep(0.2)
    session = (await client.sessions(limit=100)).sessions[-1]
    asked = await client.mixdown(session.id, MixdownIn(minutes=MINUTES))
    if asked.job_id is not None:
        await wait_for(client, asked.job_id)
    kept = await client.download(session.id)
    return float(sum(item.bytes for item in kept.items if item.role == "mixdown"))


def figures(measured: Measured) -> dict[str, Any]:
    """Everything that follows."""
    habits, prices, shape = assumptions()
    return {
        "measured": asdict(measured),
        "sessions_per_second_per_core": {
            name: round(rate, 3) for name, rate in sessions_a_second(measured).items()
        },
        "stored_mb_per_user_month": round(stored_a_month(measured, habits) / 1e6, 2),
        "egress_mb_per_user_month": round(sent_a_month(measured, habits) / 1e6, 2),
        "crowds": {
            str(users): {
                "instances": instances(measured, habits, shape, users),
                "dollars_per_1000_users_month": {
                    name: round(
                        month(measured, habits, prices, shape, users, dollars_a_million=price)[
                            "per_1000_users"
                        ],
                        2,
                    )
                    for name, price in vendor_prices().items()
                },
            }
            for users in CROWDS
        },
        "assumed": tomllib.loads(ASSUMED.read_text()) | {"characters_dollars": vendor_prices()},
    }


def table(found: dict[str, Any]) -> str:
    """The same for people."""
    voices = list(vendor_prices())
    head = ["users", *found["crowds"][str(CROWDS[0])]["instances"], *(f"$ {v}" for v in voices)]
    rows = [
        [f"{int(users):,}", *one["instances"].values(), *dollars.values()]
        for users, one in found["crowds"].items()
        for dollars in (one["dollars_per_1000_users_month"],)
    ]
    lines = [head, ["---"] * len(head), *rows]
    drawn = "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
    note = "Instances of one core each; dollars a month for 1,000 users by who speaks."
    return f"{note}\n\n{drawn}\n"


def main() -> int:
    """Starts a stack of its own, measures, stops it; progress goes to standard error."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="ab-capacity-") as folder:
        # The database's user has to pass through.
        Path(folder).chmod(0o711)
        state = Path(folder) / "stack"
        with OwnStack(state) as stack:
            measured = asyncio.run(measure(stack.description, state / "stack.json"))
    found = figures(measured)
    sys.stdout.write(table(found) + "\n" + json.dumps(found, indent=2, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
