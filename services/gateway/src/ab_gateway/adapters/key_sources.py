"""Where verification keys come from: the auth service, other issuers over HTTP, a fixed PEM."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import httpx
import jwt
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.rpc import GetSigningKeys
from ab_shared.errors import DependencyUnavailable, SettingsInvalid
from ab_shared.messaging.ports import Caller
from ab_shared.runtime import vendor_metrics
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import RSAAlgorithm

from ab_gateway.adapters.key_ring import Fetch

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
TIMEOUT = httpx.Timeout(3.0)
# That bounds each wait; a server that drips bytes would hold everybody who waits for the keys.
WHOLE_SECONDS = 5.0

LEAST_RSA_BITS = 2048
CLERK, ANOTHER_ISSUER, READ_KEYS = "clerk", "another_issuer", "read_keys"


class VerificationKeys(Protocol):
    """The keys of one issuer."""

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key of this name, None when there is none; may raise ``DependencyUnavailable``."""
        ...


class FixedKey:
    """One RSA public key that is configured instead of fetched; it answers to every name.

    Raises:
        SettingsInvalid: the PEM holds no RSA public key of 2048 bits or more.
    """

    def __init__(self, issuer: str, pem: str) -> None:
        self._key = _rsa_in(issuer, pem)

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """As ``VerificationKeys.key``; a PEM has no name, so the signature alone decides."""
        del kid
        return self._key


def _rsa_in(issuer: str, pem: str) -> jwt.PyJWK:
    try:
        # Environments carry line feeds as two characters.
        found = load_pem_public_key(pem.replace("\\n", "\n").encode())
    except ValueError:
        found = None
    if not isinstance(found, RSAPublicKey) or found.key_size < LEAST_RSA_BITS:
        raise SettingsInvalid(f"TOKEN_ISSUERS: the pem of {issuer} is no RSA public key")
    return jwt.PyJWK({**RSAAlgorithm.to_jwk(found, as_dict=True), "alg": "RS256"})


def builtin_keys(services: Caller) -> Fetch:
    """Asks the auth service."""

    async def fetch() -> tuple[PublicKey, ...]:
        return (await services.call(GetSigningKeys())).keys

    return fetch


def published_keys(
    client: httpx.AsyncClient,
    url: str,
    within: float = WHOLE_SECONDS,
    *,
    vendor: str = ANOTHER_ISSUER,
) -> Fetch:
    """Reads a JWK set (RFC 7517) over HTTP; bounded in time and size, no redirects.

    ``vendor`` is whose calls they are counted as.
    """

    async def fetch() -> list[PublicKey]:
        # All of it: what cannot be read is a failed call as well.
        with vendor_metrics.calling(vendor, READ_KEYS) as call:
            body = bytearray()
            async with (
                asyncio.timeout(within),
                client.stream("GET", url, timeout=TIMEOUT, follow_redirects=False) as response,
            ):
                if response.status_code != httpx.codes.OK:
                    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                        call.outcome = "throttled"
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
