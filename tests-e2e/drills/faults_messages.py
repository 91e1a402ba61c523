"""Too many webhooks at once, and a message that nobody can read."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import httpx

from drills.stage import WEBHOOKS_A_MINUTE, Stage, StageError

SECONDS, COMMAND_SECONDS = 30.0, 180.0
CUSTOMERS = 20
# As after an outage of theirs: far more than the gateway takes from one address in a minute.
EVENTS = int(WEBHOOKS_A_MINUTE * 1.7)
QUEUE, ROUTING_KEY = "tts.synthesize", "tts.synthesize.v1"


class WebhookStorm:
    """The made-up RevenueCat tells of everything at once; what is refused it tells again."""

    def __init__(self, stage: Stage) -> None:
        if stage.proxies is None:
            raise StageError("a storm of webhooks needs a stack that the drill starts itself")
        self._url = f"{stage.simulator('revenuecat')}/_control"
        self._events: set[str] = set()

    async def break_it(self) -> None:
        """All of it is on its way."""
        customers = [f"drill-{secrets.token_hex(8)}" for _ in range(CUSTOMERS)]
        async with self._client() as client:
            await _post(client, "/webhooks/hold", {})
            for customer in customers:
                await self._act(client, "purchase", customer)
            while len(self._events) < EVENTS:
                for customer in customers:
                    await self._act(client, "renew", customer)
            await _post(client, "/webhooks/release", {"shuffle": 1, "copies": 1})

    async def mend_it(self) -> None:
        """Nothing to mend: it passes."""

    async def owed(self) -> Mapping[str, int]:
        """Events that were never answered with 200."""
        async with self._client() as client:
            answer = await client.get("/webhooks")
        answer.raise_for_status()
        taken = {one["event_id"] for one in answer.json() if one["status"] == httpx.codes.OK}
        return {"purchase events not taken": len(self._events - taken)}

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._url, timeout=SECONDS, trust_env=False)

    async def _act(self, client: httpx.AsyncClient, action: str, customer: str) -> None:
        answer = await _post(client, f"/actions/{action}", {"customer_id": customer})
        self._events |= {event["id"] for event in answer["events"]}


async def _post(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


class PoisonMessage:
    """Something in a work queue that fits no contract, such as an older release might send."""

    def __init__(self, stage: Stage) -> None:
        broker = stage.description["infrastructure"]["rabbitmq"]
        self._api = f"{broker['management_url']}/api"
        self._vhost, self._login = broker["vhost"], (broker["user"], broker["password"])
        self._stack_file = stage.stack_file
        self._id = f"drill-{secrets.token_hex(8)}"
        self._sent = False

    async def break_it(self) -> None:
        """It is in the queue."""
        message = {
            "properties": {"delivery_mode": 2, "message_id": self._id},
            "routing_key": QUEUE,
            "payload": '{"poison": true}',
            "payload_encoding": "string",
        }
        # The default exchange takes it straight to the queue, past every check of a sender.
        path = f"/exchanges/{self._vhost}/amq.default/publish"
        async with self._client() as client:
            answer = await client.post(self._api + path, json=message)
        answer.raise_for_status()
        if not answer.json()["routed"]:
            raise RuntimeError(f"{QUEUE} is not there")
        self._sent = True

    async def mend_it(self) -> None:
        """Thrown away as the runbook says: by the operator's own command."""
        if self._sent:
            command = ("dlq", "discard", self._id, "--why", "A drill", "--yes")
            done = await asyncio.to_thread(self._operator, *command)
            if done.returncode != 0:
                raise RuntimeError(f"ab operator dlq discard: {done.stderr[-500:]}")
            self._sent = False

    async def owed(self) -> Mapping[str, int]:
        """Dead letters that lie there still."""
        async with self._client() as client:
            answer = await client.get(f"{self._api}/queues/{self._vhost}/tts.dead")
        answer.raise_for_status()
        return {"dead letters": int(answer.json().get("messages", 0))}

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(auth=self._login, timeout=SECONDS, trust_env=False)

    def _operator(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ab_operator", "--stack", str(self._stack_file), *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
