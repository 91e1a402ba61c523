"""Who is asking: the bearer token of a request, verified once and remembered until it expires."""

from __future__ import annotations

import re
from hashlib import sha256

from ab_shared.errors import TransientError, Unauthorized
from ab_shared.runtime.clock import Clock
from prometheus_client import Counter

from ab_gateway.domain.identity import Identity, Verified
from ab_gateway.domain.remembered import Remembered, RememberedTokens
from ab_gateway.ports import HeardRevocations, Revocations, TokenVerifier
from ab_gateway.usecases.verify_api_key import VerifyApiKey, presented_key

MAX_TOKEN_LENGTH = 8192
# News of a revocation comes within milliseconds; this bounds what news that was lost costs.
RECHECK_SECONDS = 60.0
# Looked for first: most requests carry a token, and none of those holds it.
KEY_MARK = " abk_"
BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)", re.IGNORECASE)


CHECKS = Counter(
    "ab_gateway_revocation_checks_total",
    "Tokens looked up among the revoked, by where: local while the shared cache is away.",
    ("where",),
)


class AuthenticateCaller:
    """Reads an Authorization header.

    Verified tokens are remembered by their SHA-256, never longer than they live and not past the
    news that they are revoked. One that is not remembered, or was not looked up for a minute, is
    looked up among the revoked: in the shared cache, and in what this process has heard.
    ``without_token`` is who a request without a header comes from: nobody, or the development
    user.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        heard: HeardRevocations,
        shared: Revocations,
        now: Clock,
        without_token: Identity | None,
        keys: VerifyApiKey,
    ) -> None:
        self._verifier = verifier
        self._heard = heard
        self._shared = shared
        self._now = now
        self._without_token = without_token
        self._keys = keys
        self._remembered = RememberedTokens()

    async def __call__(self, authorization: str | None) -> Identity | None:
        """The caller, or None for nobody; ``Unauthorized`` for a token that is not believed."""
        if authorization is None:
            return self._without_token
        if KEY_MARK in authorization and (key := presented_key(authorization)) is not None:
            return await self._keys(key)
        found = BEARER.fullmatch(authorization.strip()[: MAX_TOKEN_LENGTH + 1])
        if found is None or len(authorization) > MAX_TOKEN_LENGTH:
            raise Unauthorized("The Authorization header holds no bearer token")
        token = found.group(1)
        # Whoever reads this memory shall not find tokens in it.
        address = sha256(token.encode()).digest()
        known = self._remembered.find(address, self._now().timestamp())
        if known is None:
            return await self._meet(address, await self._verifier.verify(token))
        if self._now().timestamp() - known.checked_at >= RECHECK_SECONDS:
            await self._check_again(known)
        return known.token.identity

    def must_ask(self, authorization: str | None) -> bool:
        """Whether a machine's key is presented that costs a question to auth."""
        if authorization is None or KEY_MARK not in authorization:
            return False
        key = presented_key(authorization)
        return key is not None and not self._keys.remembers(key)

    def forget_tokens(self) -> None:
        """Verifies every token anew, as when keys have changed."""
        self._remembered.clear()

    def forget_user(self, user_id: str) -> None:
        """Verifies a user's tokens anew, as when some of them are revoked."""
        self._remembered.forget_user(user_id)

    async def _meet(self, address: bytes, token: Verified) -> Identity:
        await self._refuse_revoked(token)
        self._remembered.keep(address, token, self._now().timestamp())
        return token.identity

    async def _check_again(self, known: Remembered) -> None:
        # Before the wait: one of many requests at once asks, the others go on.
        known.checked_at = self._now().timestamp()
        try:
            await self._refuse_revoked(known.token)
        except Unauthorized:
            self._remembered.forget_user(known.token.identity.user_id)
            raise

    async def _refuse_revoked(self, token: Verified) -> None:
        try:
            revoked, where = await self._shared.is_revoked(token), "shared"
        except TransientError:
            revoked, where = False, "local"
        CHECKS.labels(where).inc()
        # Last and without a wait: news that came meanwhile must not miss this token.
        if revoked or self._heard.covers(token):
            raise Unauthorized("The sign-in has ended")
