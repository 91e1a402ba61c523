"""A made-up Expo push service: tickets at once, receipts when asked, and devices that are gone.

``python -m simulators.expo_app`` runs it (PYTHONPATH=tests-e2e) on ``SIMULATOR_PORT``; with
``EXPO_ACCESS_TOKEN`` it believes that token only. Faults are planned by address: ``send`` and
``receipts``. ``POST /_control/set`` takes ``gone`` (tokens refused in their tickets),
``gone_later`` (in their receipts), ``errors`` (token to error), ``projects`` (token to project) and
``silent`` (no receipt is there yet); ``GET /_control/delivered`` answers what arrived.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.faults import Fault, spoil
from simulators.vendor import AT_THE_DOOR, Endpoint, Vendor

MOST_MESSAGES, MOST_RECEIPTS = 100, 1000
SETTABLE = ("gone", "gone_later", "errors", "projects", "silent", "lag")


def wording(fault: Fault) -> dict[str, Any]:
    """Expo's error body."""
    return {"errors": [{"code": fault.code or "INTERNAL_SERVER_ERROR", "message": "Made up"}]}


def error(token: str, code: str) -> dict[str, Any]:
    """As Expo says it: the message repeats the token."""
    message = f'"{token}" is not what it should be'
    return {"status": "error", "message": message, "details": {"error": code}}


@dataclass
class Expo:
    """The vendor and what it delivered."""

    api_key: str | None = None
    gone: list[str] = field(default_factory=list)
    gone_later: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    silent: bool = False
    delivered: list[dict[str, Any]] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.vendor = Vendor(wording, "authorization", "Bearer ", self.api_key)

    def send(self, messages: list[dict[str, Any]]) -> Response:
        """A ticket each, in their order; nothing at all where one is of another project."""
        found = {self.projects.get(message["to"], "@a/one") for message in messages}
        if len(found) > 1:
            return self.vendor.refused(400, "PUSH_TOO_MANY_EXPERIENCE_IDS")
        if len(messages) > MOST_MESSAGES:
            return self.vendor.refused(400, "PUSH_TOO_MANY_NOTIFICATIONS")
        return JSONResponse({"data": [self._ticket(message) for message in messages]})

    def receipts(self, ids: list[str]) -> Response:
        """Those that are there."""
        if len(ids) > MOST_RECEIPTS:
            return self.vendor.refused(400, "PUSH_TOO_MANY_RECEIPTS")
        known = (
            {} if self.silent else {one: self.tickets[one] for one in ids if one in self.tickets}
        )
        return JSONResponse({"data": {one: self._receipt(token) for one, token in known.items()}})

    def app(self) -> Starlette:
        """The vendor's addresses and ours."""

        async def look(_request: Request) -> Response:
            return JSONResponse(self.delivered)

        post, base = ["POST"], "/--/api/v2/push"
        routes = [
            Route(f"{base}/send", self._guarded("send"), methods=post),
            Route(f"{base}/getReceipts", self._guarded("receipts"), methods=post),
            Route("/_control/delivered", look),
            *self.vendor.control(self, SETTABLE),
        ]
        return Starlette(routes=routes)

    def _ticket(self, message: dict[str, Any]) -> dict[str, Any]:
        token = message["to"]
        code = "DeviceNotRegistered" if token in self.gone else self.errors.get(token)
        if code is not None:
            return error(token, code)
        ticket = str(uuid.uuid4())
        self.tickets[ticket] = token
        self.delivered.append(message)
        return {"status": "ok", "id": ticket}

    def _receipt(self, token: str) -> dict[str, Any]:
        gone = token in self.gone_later
        return error(token, "DeviceNotRegistered") if gone else {"status": "ok"}

    def _guarded(self, where: str) -> Endpoint:
        # The vendor's own guard wants an object as the body; here it may be a list.
        async def endpoint(request: Request) -> Response:
            if not self.vendor.believed(request):
                return self.vendor.refused(401, "UNAUTHORIZED")
            body: Any = await request.json()
            self.vendor.calls.append({"where": where, "body": body})
            fault = self.vendor.faults.next(where)
            await asyncio.sleep(self.vendor.lag)
            if fault is not None and fault.kind in AT_THE_DOOR:
                return await spoil(fault, Response(), wording)
            done = self.send(body) if where == "send" else self.receipts(body["ids"])
            self.vendor.answered[where] += done.status_code == 200
            return done if fault is None else await spoil(fault, done, wording)

        return endpoint


if __name__ == "__main__":
    uvicorn.run(
        Expo(os.environ.get("EXPO_ACCESS_TOKEN")).app(),
        host="127.0.0.1",
        port=int(os.environ["SIMULATOR_PORT"]),
        log_level="warning",
        access_log=False,
    )
