"""Where the facts come from: Prometheus, or the broker's management numbers alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import httpx
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.topology import RETRY

from ab_operator.scaling.advice import QueueFacts, ServiceFacts

HTTP_SECONDS = 10.0
JOBS = "|".join(SERVICES)
QUERIES = {
    "instances": f'count by (job) (up{{job=~"{JOBS}"}} == 1)',
    "cores": f'avg by (job) (rate(process_cpu_seconds_total{{job=~"{JOBS}"}}[5m]))',
    "waiting": "ab:queue_ready:sum",
    "leaving": "ab:queue_left:rate5m",
    "growth": "deriv(ab:queue_ready:sum[5m])",
    "age": "ab:queue_age:seconds",
}


def service_of(queue: str) -> str | None:
    """Whose queue it is; None for what waits on purpose or for a person."""
    service = queue.partition(".")[0]
    idle = queue.endswith(".dead") or queue.startswith(RETRY)
    return service if service in SERVICES and not idle else None


async def from_prometheus(url: str, cores: float = 1.0) -> list[ServiceFacts]:
    """Asks for the last five minutes; ``cores`` is what one instance may use.

    Raises:
        DependencyUnavailable: Prometheus does not answer.
    """
    async with httpx.AsyncClient(base_url=url.rstrip("/"), timeout=HTTP_SECONDS) as http:
        found = {name: await _ask(http, query) for name, query in QUERIES.items()}
    instances, busy = found["instances"], found["cores"]
    queues: dict[str, list[QueueFacts]] = defaultdict(list)
    for name in sorted({*found["waiting"], *found["leaving"]}):
        service = service_of(name)
        if service is not None:
            leaving = found["leaving"].get(name, 0.0)
            queues[service].append(
                QueueFacts(
                    name,
                    waiting=found["waiting"].get(name, 0.0),
                    arriving=max(0.0, leaving + found["growth"].get(name, 0.0)),
                    leaving=leaving,
                    age=found["age"].get(name, 0.0),
                )
            )
    return [
        ServiceFacts(
            service,
            int(instances.get(service, 0)),
            busy[service] / cores if service in busy else None,
            tuple(queues[service]),
        )
        for service in SERVICES
    ]


async def _ask(http: httpx.AsyncClient, query: str) -> dict[str, float]:
    answer = await _get(http, "/api/v1/query", {"query": query})
    found: dict[str, float] = {}
    for row in answer["data"]["result"]:
        labels, value = row["metric"], float(row["value"][1])
        name = labels.get("job") if "by (job)" in query else labels.get("queue")
        if name and not math.isnan(value):
            found[name] = value
    return found


async def from_broker(url: str, vhost: str, user: str, password: str) -> list[ServiceFacts]:
    """What the broker alone knows: how busy an instance is it cannot tell.

    Raises:
        DependencyUnavailable: the broker's management does not answer, or not us.
    """
    async with httpx.AsyncClient(
        base_url=url.rstrip("/"), timeout=HTTP_SECONDS, auth=(user, password)
    ) as http:
        listed = await _get(http, f"/api/queues/{quote(vhost, safe='')}", {})
    return list(_of_queues(listed))


def _of_queues(listed: list[dict[str, Any]]) -> Iterable[ServiceFacts]:
    queues: dict[str, list[QueueFacts]] = defaultdict(list)
    alive: dict[str, int] = defaultdict(int)
    for queue in listed:
        name = queue["name"]
        service = service_of(name)
        if service is None:
            continue
        if name.startswith(f"{service}.live."):
            # Every process has one of its own, which goes with it.
            alive[service] += 1
        elif not name.startswith(f"{service}.replies."):
            queues[service].append(_queue(name, queue))
    for service in SERVICES:
        yield ServiceFacts(service, alive[service], None, tuple(queues[service]))


def _queue(name: str, told: dict[str, Any]) -> QueueFacts:
    stats, waiting = told.get("message_stats", {}), float(told.get("messages_ready", 0))
    leaving = float(stats.get("ack_details", {}).get("rate", 0.0))
    arriving = float(stats.get("publish_details", {}).get("rate", 0.0))
    age = waiting / leaving if leaving > 0 else 0.0
    return QueueFacts(name, waiting, arriving, leaving, age)


async def _get(http: httpx.AsyncClient, path: str, parameters: dict[str, str]) -> Any:
    try:
        return (await http.get(path, params=parameters)).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise DependencyUnavailable(f"{http.base_url}: {type(error).__name__}") from None
