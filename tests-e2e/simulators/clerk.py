"""A made-up Clerk: its keys, its Backend API, its webhooks, and an address to make things happen.

``python -m simulators.clerk`` runs it (PYTHONPATH=tests-e2e); what it is told comes from the
environment. ``/_control/...`` is not the vendor's: it is how tests and people sign up and in,
rotate keys, revoke, delete, break and reorder.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
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

from simulators.clerk_faults import errors, plan, spoil
from simulators.clerk_tokens import SESSION_SECONDS, Mint, impersonated
from simulators.clerk_users import Register, described
from simulators.clerk_webhooks import Courier
from simulators.faults import Faults

REFUSED = errors("clerk_key_invalid", "The provided Clerk Secret Key is invalid")
Control = Callable[[dict[str, Any]], Any]


@dataclass
class Simulator:
    """Everything that the addresses stand on."""

    mint: Mint
    courier: Courier
    register: Register = field(default_factory=Register)
    secret_key: str | None = None
    faults: Faults = field(default_factory=plan)
    fetches: list[str] = field(default_factory=list)

    def app(self) -> Starlette:
        """The vendor's addresses and ours."""
        acts: dict[str, Control] = {
            "sign-up": self.sign_up,
            "sign-in": self.sign_in,
            "update": self.update,
            "delete": self.delete,
            "end-session": self.end_session,
            "rotate": self.rotate,
            "faults": self.plan_faults,
            "hold": self.hold,
            "release": self.release,
            "secrets": self.change_secrets,
        }
        routes = [
            Route("/.well-known/jwks.json", self.jwks),
            Route("/v1/users", self.users),
            Route("/v1/users/{user_id:path}", self.user),
            Route("/_control/health", self.look),
            Route("/_control/look", self.look),
            *(
                Route(f"/_control/{name}", _controlled(act), methods=["POST"])
                for name, act in acts.items()
            ),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
        await self.courier.close()

    async def jwks(self, _request: Request) -> Response:
        """The published keys."""
        self.fetches.append("jwks")
        return await self._answer("jwks", self.mint.jwks())

    async def users(self, request: Request) -> Response:
        """``GET /v1/users``: by address, page by page."""
        self.fetches.append("users")
        if not self._believed(request):
            return JSONResponse(REFUSED, 401)
        try:
            page = self.register.page(
                request.query_params, request.query_params.getlist("email_address")
            )
        except ValueError:
            return JSONResponse(errors("form_param_format_invalid", "is invalid"), 422)
        return await self._answer("api", page)

    async def user(self, request: Request) -> Response:
        """``GET /v1/users/{id}``."""
        self.fetches.append("user")
        if not self._believed(request):
            return JSONResponse(REFUSED, 401)
        found = self.register.users.get(request.path_params["user_id"])
        fault = self.faults.next("api")
        if fault is not None:
            return await spoil(fault, described(found) if found else {})
        if found is None:
            return JSONResponse(errors("resource_not_found", "No user was found"), 404)
        return JSONResponse(described(found))

    async def look(self, _request: Request) -> Response:
        """What has happened so far."""
        return JSONResponse(
            {
                "issuer": self.mint.issuer,
                "users": list(self.register.users),
                "fetches": self.fetches,
                "deliveries": self.courier.described(),
                "pem": self.mint.keys[-1].pem(),
            }
        )

    def sign_up(self, given: dict[str, Any]) -> Any:
        """``{"user_id": ..., "email": ..., "tell": true}``: somebody is new."""
        tell = given.pop("tell", True)
        event = self.register.sign_up(**given)
        return {"user_id": event["data"]["id"], "told": tell and self.courier.tell(event)}

    def sign_in(self, given: dict[str, Any]) -> Any:
        """``{"user_id": ..., "seconds": 60, "claims": {}, "by": ...}``: a token of a sign-in.

        ``session_id`` refreshes one; ``by`` impersonates. Whoever has no account there gets one, of
        which nobody is told: the token is the first that is heard of them.
        """
        user_id = given["user_id"]
        if user_id not in self.register.users:
            self.register.sign_up(user_id)
        session_id = given.get("session_id") or self.register.sign_in(user_id).id
        by = given.get("by")
        act = impersonated(by, self.mint.issuer) if by else {}
        token = self.mint.token(
            user_id,
            session_id,
            seconds=given.get("seconds", SESSION_SECONDS),
            claims={**act, **given.get("claims", {})},
            headers=given.get("headers", {}),
        )
        return {"token": token, "session_id": session_id, "user_id": user_id}

    def update(self, given: dict[str, Any]) -> Any:
        """``{"user_id": ..., "banned": true}``: something changes."""
        return {"told": self.courier.tell(self.register.update(given.pop("user_id"), **given))}

    def delete(self, given: dict[str, Any]) -> Any:
        """``{"user_id": ..., "tell": true}``: somebody is gone."""
        event = self.register.delete(given["user_id"])
        return {"told": given.get("tell", True) and self.courier.tell(event)}

    def end_session(self, given: dict[str, Any]) -> Any:
        """``{"session_id": ..., "how": "revoked"}``: a sign-in is over."""
        event = self.register.end(given["session_id"], given.get("how", "revoked"))
        return {"told": self.courier.tell(event)}

    def rotate(self, given: dict[str, Any]) -> Any:
        """``{"keep": true}``: a new key signs."""
        return {"kid": self.mint.rotate(keep=given.get("keep", True))}

    def plan_faults(self, given: dict[str, Any]) -> Any:
        """``{"faults": [...]}``: the next requests go wrong; an empty list forgets them all."""
        self.faults.waiting.clear()
        for one in given["faults"]:
            self.faults.add(**one)
        return [asdict(one) for one in self.faults.waiting]

    def hold(self, _given: dict[str, Any]) -> Any:
        """Webhooks pile up from now on."""
        self.courier.holding = True
        return {"holding": True}

    def release(self, given: dict[str, Any]) -> Any:
        """They leave: ``{"shuffle": seed or null, "copies": 1}``."""
        return {"sent": self.courier.release(**given)}

    def change_secrets(self, given: dict[str, Any]) -> Any:
        """``{"secrets": [...]}``: webhooks are signed with these."""
        self.courier.secrets = given["secrets"]
        return {"secrets": len(self.courier.secrets)}

    def _believed(self, request: Request) -> bool:
        wanted = f"Bearer {self.secret_key}"
        sent = request.headers.get("authorization", "")
        return not self.secret_key or compare_digest(sent.encode(), wanted.encode())

    async def _answer(self, where: str, document: Any) -> Response:
        fault = self.faults.next(where)
        return JSONResponse(document) if fault is None else await spoil(fault, document)


def _controlled(act: Control) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(act(await request.json()))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"message": str(error)}, 400)

    return endpoint


def from_environment() -> Simulator:
    """As ``SIMULATOR_*`` and the variables of those it plays for say."""
    issuer = os.environ.get("SIMULATOR_ISSUER", f"http://127.0.0.1:{os.environ['SIMULATOR_PORT']}")
    courier = Courier(
        httpx.AsyncClient(trust_env=False),
        os.environ.get("SIMULATOR_WEBHOOK_URL"),
        json.loads(os.environ.get("CLERK_WEBHOOK_SECRETS", "[]")),
        hurry=float(os.environ.get("SIMULATOR_HURRY", "1")),
    )
    return Simulator(Mint(issuer), courier, secret_key=os.environ.get("CLERK_SECRET_KEY"))


if __name__ == "__main__":
    uvicorn.run(
        from_environment().app(),
        host="127.0.0.1",
        port=int(os.environ["SIMULATOR_PORT"]),
        log_level="warning",
        access_log=False,
    )
