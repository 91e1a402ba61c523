"""Where the traffic plays: a stack, somebody who listens, and whoever pays."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from ab_client.api import ApiClient
from ab_operator.main import app
from ab_shared.contracts.http import DraftSession
from observability.observed import Observed
from simulators.revenuecat_control import Control
from typer.testing import CliRunner


@dataclass
class Scene:
    """``made`` are sessions that have their tracks."""

    observed: Observed
    http: httpx.AsyncClient
    listener: ApiClient
    control: Control
    made: list[UUID] = field(default_factory=list)

    @property
    def described(self) -> dict[str, Any]:
        """What the stack file says."""
        return self.observed.stack.description

    @property
    def url(self) -> str:
        """The public API."""
        return self.observed.stack.gateway_url

    @property
    def headers(self) -> dict[str, str]:
        """The listener's, for what the client has no method for."""
        return {"Authorization": str(self.listener.authorization)}


def draft(*lines: str) -> DraftSession:
    """A session of these lines."""
    return DraftSession(title="Evening", affirmations=list(lines), voice_id="nova")


async def sign_up(client: ApiClient) -> ApiClient:
    """Somebody nobody has seen before."""
    await client.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
    return client


async def operate(scene: Scene, *words: str) -> str:
    """``ab operator`` on the stack; what it said."""
    given = ["--stack", str(scene.observed.stack.state / "stack.json"), *words]
    done = await asyncio.to_thread(CliRunner().invoke, app, given)
    if done.exit_code:
        raise RuntimeError(f"ab operator {words[0]}: {done.output}")
    return str(done.output)
