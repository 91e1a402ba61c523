"""Who is asking: the bearer token of a request, verified once and remembered until it expires."""

from __future__ import annotations

import re
from collections import OrderedDict
from hashlib import sha256

from ab_shared.errors import Unauthorized
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity, Verified
from ab_gateway.ports import TokenVerifier

MAX_TOKEN_LENGTH = 8192
MAX_REMEMBERED = 10_000
BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)", re.IGNORECASE)


class AuthenticateCaller:
    """Reads an Authorization header.

    Verified tokens are remembered by their SHA-256, never longer than they live.
    ``without_token`` is who a request without a header comes from: nobody, or the development
    user.
    """

    def __init__(self, verifier: TokenVerifier, now: Clock, without_token: Identity | None) -> None:
        self._verifier = verifier
        self._now = now
        self._without_token = without_token
        self._remembered: OrderedDict[bytes, Verified] = OrderedDict()

    async def __call__(self, authorization: str | None) -> Identity | None:
        """The caller, or None for nobody; ``Unauthorized`` for a token that is not believed."""
        if authorization is None:
            return self._without_token
        found = BEARER.fullmatch(authorization.strip()[: MAX_TOKEN_LENGTH + 1])
        if found is None or len(authorization) > MAX_TOKEN_LENGTH:
            raise Unauthorized("The Authorization header holds no bearer token")
        token = found.group(1)
        # Whoever reads this memory shall not find tokens in it.
        address = sha256(token.encode()).digest()
        known = self._remembered.get(address)
        if known is not None and self._now().timestamp() < known.expires_at:
            self._remembered.move_to_end(address)
            return known.identity
        verified = await self._verifier.verify(token)
        self._remember(address, verified)
        return verified.identity

    def forget_tokens(self) -> None:
        """Verifies every token anew, as when keys have changed."""
        self._remembered.clear()

    def _remember(self, address: bytes, verified: Verified) -> None:
        self._remembered[address] = verified
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
