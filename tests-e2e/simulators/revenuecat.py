"""A made-up RevenueCat: its REST API v1, its webhooks, and an address to make things happen.

``python -m simulators.revenuecat`` runs it (PYTHONPATH=tests-e2e); what it is told comes from the
environment. ``/_control/...`` is not the vendor's: it is how tests and people buy, cancel, refund,
break and reorder.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.faults import Faults
from simulators.revenuecat_answers import answer
from simulators.revenuecat_books import Books
from simulators.revenuecat_faults import plan, spoil
from simulators.revenuecat_webhooks import Door, Sender, described

REFUSED = JSONResponse({"code": 7225, "message": "Invalid API Key."}, 401)


@dataclass
class Simulator:
    """Everything that the addresses stand on."""

    books: Books
    sender: Sender
    api_key: str | None = None
    faults: Faults = field(default_factory=plan)
    reads: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """The vendor's addresses and ours."""
        routes = [
            Route("/v1/subscribers/{customer_id:path}", self.subscriber),
            Route("/_control/health", self.health),
            Route("/_control/customers/{customer_id:path}", self.customer, methods=["GET"]),
            Route("/_control/actions/{action}", self.act, methods=["POST"]),
            Route("/_control/faults", self.plan_faults, methods=["POST"]),
            Route("/_control/webhooks/hold", self.hold, methods=["POST"]),
            Route("/_control/webhooks/release", self.release, methods=["POST"]),
            Route("/_control/webhooks", self.deliveries, methods=["GET"]),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await self.sender.close()

    async def subscriber(self, request: Request) -> Response:
        """``GET /v1/subscribers/{id}``."""
        wanted = f"Bearer {self.api_key}"
        if self.api_key and not compare_digest(request.headers.get("authorization", ""), wanted):
            return REFUSED
        customer_id = request.path_params["customer_id"]
        self.reads.append(customer_id)
        status = 200 if self.books.knows(customer_id) else 201
        document = answer(self.books, customer_id)
        fault = self.faults.next()
        return JSONResponse(document, status) if fault is None else await spoil(fault, document)

    async def health(self, _request: Request) -> Response:
        """It runs."""
        return JSONResponse({"ok": True})

    async def customer(self, request: Request) -> Response:
        """What a customer holds, without making it known."""
        customer_id = request.path_params["customer_id"]
        if not self.books.knows(customer_id):
            return JSONResponse({"known": False}, 404)
        return JSONResponse(answer(self.books, customer_id))

    async def act(self, request: Request) -> Response:
        """Something happens to a customer: ``{"customer_id": ..., more of the action's own}``."""
        given: dict[str, Any] = await request.json()
        try:
            events = self.books.act(
                request.path_params["action"], given.pop("customer_id"), **given
            )
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"message": str(error)}, 400)
        self.sender.send(events)
        return JSONResponse({"events": [{"id": one["id"], "type": one["type"]} for one in events]})

    async def plan_faults(self, request: Request) -> Response:
        """The next requests go wrong: a list of faults, an empty one forgets them all."""
        planned: list[dict[str, Any]] = await request.json()
        self.faults.waiting.clear()
        try:
            for one in planned:
                self.faults.add(**one)
        except (ValueError, TypeError) as error:
            return JSONResponse({"message": str(error)}, 400)
        return JSONResponse([asdict(one) for one in self.faults.waiting])

    async def hold(self, _request: Request) -> Response:
        """Webhooks pile up from now on."""
        self.sender.holding = True
        return JSONResponse({"holding": True})

    async def release(self, request: Request) -> Response:
        """They leave: ``{"shuffle": seed or null, "copies": 1}``."""
        given = await request.json()
        return JSONResponse({"sent": self.sender.release(**given)})

    async def deliveries(self, _request: Request) -> Response:
        """Every try so far."""
        return JSONResponse([described(one) for one in self.sender.deliveries])


def from_environment() -> Simulator:
    """As ``SIMULATOR_*`` and the variables of those it plays for say."""
    url = os.environ.get("SIMULATOR_WEBHOOK_URL")
    door = url and Door(
        url,
        os.environ.get("REVENUECAT_WEBHOOK_AUTHORIZATION"),
        os.environ.get("REVENUECAT_WEBHOOK_SECRET"),
    )
    sender = Sender(
        httpx.AsyncClient(trust_env=False),
        door or None,
        minute=float(os.environ.get("SIMULATOR_MINUTE_SECONDS", "60")),
    )
    return Simulator(Books(), sender, api_key=os.environ.get("REVENUECAT_API_KEY"))


if __name__ == "__main__":
    uvicorn.run(
        from_environment().app(),
        host="127.0.0.1",
        port=int(os.environ["SIMULATOR_PORT"]),
        log_level="warning",
        access_log=False,
    )
