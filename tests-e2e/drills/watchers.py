"""Alertmanager and Prometheus, asked as an operator's browser asks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

SECONDS = 10.0


@dataclass(frozen=True)
class Firing:
    """An alert that Alertmanager holds active."""

    name: str
    labels: dict[str, str]
    annotations: dict[str, str]

    def is_of(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether it is the one with this name and at least these labels."""
        return self.name == name and labels.items() <= self.labels.items()


class Watchers:
    """Both, over one client. Raises ``httpx.HTTPError`` when one of them is away."""

    def __init__(
        self,
        described: Mapping[str, Any],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._alertmanager = str(described["alertmanager_url"]).rstrip("/")
        self._prometheus = str(described["prometheus_url"]).rstrip("/")
        self._http = httpx.AsyncClient(timeout=SECONDS, trust_env=False, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def firing(self) -> list[Firing]:
        """Every alert that is active now, inhibited ones too."""
        query = {"active": "true", "inhibited": "true", "silenced": "true"}
        found = await self._get(f"{self._alertmanager}/api/v2/alerts", query)
        return [
            Firing(one["labels"]["alertname"], one["labels"], one.get("annotations", {}))
            for one in found
        ]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant vector."""
        answer = await self._get(f"{self._prometheus}/api/v1/query", {"query": expression})
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    async def values_of(self, label_query: str) -> list[str]:
        """What a dashboard's ``label_values(selector, label)`` offers."""
        selector, _, label = label_query.removeprefix("label_values(")[:-1].rpartition(",")
        series = await self.query(f"group by ({label.strip()}) ({selector})")
        return sorted(one["metric"].get(label.strip(), "") for one in series)

    async def scrape_seconds(self) -> int:
        """How often the services are looked at."""
        found = await self._get(f"{self._prometheus}/api/v1/targets", {"state": "active"})
        told = [one["scrapeInterval"] for one in found["data"]["activeTargets"]]
        return max((_seconds(one) for one in told), default=15)

    async def _get(self, url: str, query: dict[str, str]) -> Any:
        answer = await self._http.get(url, params=query)
        answer.raise_for_status()
        return answer.json()


def _seconds(duration: str) -> int:
    """Of ``15s`` or ``1m30s``, as Prometheus writes durations; at least one."""
    minutes, _, rest = duration.rpartition("m") if "ms" not in duration else ("", "", "1s")
    return max(1, int(minutes or 0) * 60 + int(float(rest.removesuffix("s") or 0)))
