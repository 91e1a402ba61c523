"""Where verification keys come from: the auth service over the broker, other issuers over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.rpc import GetSigningKeys
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.ports import Caller

from ab_gateway.adapters.key_ring import Fetch

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
TIMEOUT = httpx.Timeout(3.0)
# That bounds each wait; a server that drips bytes would hold everybody who waits for the keys.
WHOLE_SECONDS = 5.0


def builtin_keys(services: Caller) -> Fetch:
    """Asks the auth service."""

    async def fetch() -> tuple[PublicKey, ...]:
        return (await services.call(GetSigningKeys())).keys

    return fetch


def published_keys(client: httpx.AsyncClient, url: str, within: float = WHOLE_SECONDS) -> Fetch:
    """Reads a JWK set (RFC 7517) over HTTP; bounded in time and size, no redirects."""

    async def fetch() -> list[PublicKey]:
        body = bytearray()
        async with (
            asyncio.timeout(within),
            client.stream("GET", url, timeout=TIMEOUT, follow_redirects=False) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise DependencyUnavailable("A key set is not served")
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise DependencyUnavailable("A key set is too large")
        return _keys(httpx.Response(httpx.codes.OK, content=bytes(body)).json())

    return fetch


def _keys(document: Any) -> list[PublicKey]:
    rows = document.get("keys", []) if isinstance(document, dict) else []
    return [
        PublicKey(kid=row["kid"], jwk={k: v for k, v in row.items() if isinstance(v, str)})
        for row in rows[:MAX_KEYS]
        if isinstance(row, dict) and isinstance(row.get("kid"), str)
    ]
