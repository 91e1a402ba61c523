"""A queue of our own beside the services': what the broker took in, message by message."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx

QUEUE = "chaos.spy"
EXCHANGES = ("ab.commands", "ab.events")
BATCH = 2000
HTTP_SECONDS = 30.0
NOT_WORK = ("chaos.", "amq.")


class Broker:
    """The broker through its management API."""

    def __init__(self, description: dict[str, Any]) -> None:
        told = description["infrastructure"]["rabbitmq"]
        self._vhost = quote(told["vhost"], safe="")
        self._http = httpx.Client(
            base_url=told["management_url"],
            auth=(told["user"], told["password"]),
            timeout=HTTP_SECONDS,
            trust_env=False,
        )

    def listen(self) -> None:
        """Binds a durable quorum queue to everything that is published from now on."""
        queue = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
        self._ask("PUT", f"/api/queues/{self._vhost}/{QUEUE}", queue)
        for exchange in EXCHANGES:
            path = f"/api/bindings/{self._vhost}/e/{exchange}/q/{QUEUE}"
            self._ask("POST", path, {"routing_key": "#"})

    def heard(self) -> set[str]:
        """The ids of all messages taken in; they are gone from the queue afterwards."""
        wish = {"count": BATCH, "ackmode": "ack_requeue_false", "encoding": "auto"}
        found: set[str] = set()
        while batch := self._ask("POST", f"/api/queues/{self._vhost}/{QUEUE}/get", wish).json():
            found |= {json.loads(message["payload"])["id"] for message in batch}
        return found

    def waiting(self) -> dict[str, int]:
        """How many messages wait in each queue of the services, on ladders and dead ones too."""
        columns = "columns=name,messages"
        rows = self._ask("GET", f"/api/queues/{self._vhost}?{columns}").json()
        return {
            row["name"]: int(row.get("messages", 0))
            for row in rows
            if not row["name"].startswith(NOT_WORK)
        }

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        answer = self._http.request(method, path, json=body)
        answer.raise_for_status()
        return answer
