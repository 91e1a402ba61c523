"""Making things happen at a running made-up RevenueCat."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

SECONDS = 10.0


class Control:
    """The address that is not the vendor's: buy, cancel, break, hold, reorder, look."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{url}/_control", timeout=SECONDS, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def act(self, action: str, customer_id: str, **given: Any) -> list[str]:
        """Something happens; the ids of the events that tell of it."""
        body = {"customer_id": customer_id, **given}
        events = await self._post(f"/actions/{action}", body)
        return [event["id"] for event in events["events"]]

    async def hold(self) -> None:
        """Webhooks pile up."""
        await self._post("/webhooks/hold", {})

    async def release(self, *, shuffle: int | None = None, copies: int = 1) -> int:
        """They leave in the order of a seed, each so many times; how many."""
        sent = await self._post("/webhooks/release", {"shuffle": shuffle, "copies": copies})
        return int(sent["sent"])

    async def break_next(self, *faults: dict[str, Any]) -> None:
        """The next answers of the REST API go wrong."""
        await self._post("/faults", list(faults))

    async def deliveries(self, event_id: str) -> list[int]:
        """How each try to tell of an event was answered."""
        response = await self._http.get("/webhooks")
        return [one["status"] for one in response.json() if one["event_id"] == event_id]

    async def _post(self, path: str, body: Any) -> Any:
        response = await self._http.post(path, json=body)
        response.raise_for_status()
        return response.json()
