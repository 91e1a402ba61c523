"""What made-up AI vendors have in common: a key, a record of calls, faults, and a way to plan them.

``/_control/...`` is no vendor's: ``POST /_control/faults`` takes ``{"faults": [...]}`` (an empty
list forgets them all), ``POST /_control/set`` changes what the vendor lets be changed, and
``GET /_control/look`` answers what was asked so far.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.faults import Fault, Faults, Wording, spoil

Answer = Callable[[dict[str, Any]], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]
AT_THE_DOOR = {"busy", "status", "hang"}


@dataclass
class Vendor:
    """``calls`` has ``where`` and the body of each request; ``lag`` seconds go by before answers.

    Whoever adds an address writes ``async (body) -> Response`` and wraps it by ``guarded``.
    """

    wording: Wording
    key_header: str
    key_prefix: str = ""
    api_key: str | None = None
    faults: Faults = field(default_factory=Faults)
    calls: list[dict[str, Any]] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    lag: float = 0.0

    def guarded(self, where: str, answer: Answer) -> Endpoint:
        """An address that takes JSON: who it is, what goes wrong, then the answer."""

        async def endpoint(request: Request) -> Response:
            if not self.believed(request):
                return self.refused(401, "invalid_api_key")
            try:
                body: dict[str, Any] = await request.json()
            except ValueError:
                return self.refused(400, "invalid_json")
            self.calls.append({"where": where, **body})
            fault = self.faults.next(where)
            await asyncio.sleep(self.lag)
            if fault is None:
                done = await answer(body | request.path_params)
                self.answered[where] += done.status_code == 200
                return done
            # What fails at the door is not worked on, and so not charged.
            worked = fault.kind not in AT_THE_DOOR
            done = await answer(body | request.path_params) if worked else Response()
            return await spoil(fault, done, self.wording)

        return endpoint

    def believed(self, request: Request) -> bool:
        """Whether the request has the key, if one was set."""
        sent = request.headers.get(self.key_header, "")
        wanted = f"{self.key_prefix}{self.api_key}"
        return not self.api_key or compare_digest(sent.encode(), wanted.encode())

    def refused(self, status: int, code: str) -> Response:
        """No, in the vendor's words."""
        return JSONResponse(self.wording(Fault("status", status=status, code=code)), status)

    def control(self, settable: object, names: tuple[str, ...]) -> list[Route]:
        """Our own addresses; ``names`` of ``settable`` may be set."""

        async def plan(request: Request) -> Response:
            self.faults.waiting.clear()
            for one in (await request.json())["faults"]:
                self.faults.add(**one)
            return JSONResponse([asdict(one) for one in self.faults.waiting])

        async def change(request: Request) -> Response:
            given = await request.json()
            for name, value in given.items():
                if name not in names:
                    raise ValueError(f"only {', '.join(names)} can be set")
                setattr(self if name == "lag" else settable, name, value)
            return JSONResponse(given)

        async def look(_request: Request) -> Response:
            return JSONResponse({"calls": self.calls, "answered": self.answered})

        return [
            Route("/_control/health", look),
            Route("/_control/look", look),
            Route("/_control/faults", careful(plan), methods=["POST"]),
            Route("/_control/set", careful(change), methods=["POST"]),
        ]


def careful(endpoint: Endpoint) -> Endpoint:
    """Answers 400 where somebody asks for what there is not."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (ValueError, TypeError, KeyError, json.JSONDecodeError) as error:
            return JSONResponse({"message": str(error)}, 400)

    return answer
