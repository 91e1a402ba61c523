"""The verification keys of one issuer: fetched when needed, kept while the issuer is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable

import jwt
from ab_shared.contracts.events import PublicKey
from ab_shared.errors import DependencyUnavailable

# How long a key that was withdrawn is believed while its issuer can be asked; the first token
# after that still is, because nobody who has their key waits for an issuer.
REFRESH_SECONDS = 3600.0
COOL_DOWN_SECONDS = 10.0
# A kid that appears later (a rotation) is believed after five minutes at the latest.
UNKNOWN_SECONDS = 300.0
MAX_UNKNOWN = 1000
# No HMAC: a public key must never be taken for a shared secret (RFC 8725, 2.1).
ALGORITHMS = frozenset({"EdDSA", "ES256", "RS256"})

Fetch = Callable[[], Awaitable[Iterable[PublicKey]]]
logger = logging.getLogger("ab.gateway")


class KeyRing:
    """Keys by ``kid``.

    An unknown ``kid`` is asked for once and then remembered as unknown, and no two fetches begin
    within ten seconds: a stream of made-up ids is no stream of fetches.
    """

    def __init__(
        self, issuer: str, fetch: Fetch, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self._fetch = fetch
        self._monotonic = monotonic
        self._keys: dict[str, jwt.PyJWK] = {}
        self._unknown: OrderedDict[str, float] = OrderedDict()
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[bool] | None = None

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """The key, or None when the issuer has none of this name.

        Raises:
            DependencyUnavailable: when the key is not here and the issuer can't be asked.
        """
        if self._keys and self._monotonic() - self._fetched_at > REFRESH_SECONDS:
            self._refresh()
        if kid not in self._keys and self._monotonic() >= self._unknown.get(kid, float("-inf")):
            await self._look_for(kid)
        return self._keys.get(kid)

    def replace(self, keys: Iterable[PublicKey]) -> None:
        """Believes these keys from now on, and no others."""
        usable = {key.kid: made for key in keys if (made := _usable(key)) is not None}
        if not usable:
            raise DependencyUnavailable("An issuer offers no usable key")
        self._keys = usable
        self._unknown.clear()
        self._fetched_at = self._monotonic()
        self._failed = False

    def close(self) -> None:
        """Waits for no issuer any more."""
        if self._refreshing is not None:
            self._refreshing.cancel()

    def _refresh(self) -> None:
        """Asks beside the request, one question at a time."""
        cooled = self._monotonic() - self._tried_at >= COOL_DOWN_SECONDS
        if cooled and (self._refreshing is None or self._refreshing.done()):
            self._refreshing = asyncio.create_task(self._ask())

    async def _look_for(self, kid: str) -> None:
        asked = await self._ask()
        if kid in self._keys:
            return
        if self._failed:
            raise DependencyUnavailable("An issuer's keys can't be had now")
        if asked:
            self._unknown[kid] = self._monotonic() + UNKNOWN_SECONDS
        if len(self._unknown) > MAX_UNKNOWN:
            self._unknown.popitem(last=False)

    async def _ask(self) -> bool:
        """Fetches unless that was tried just now; whether it was."""
        async with self._lock:
            if self._monotonic() - self._tried_at < COOL_DOWN_SECONDS:
                return False
            # Before the fetch: a fetch that is cancelled half-way counts as tried.
            self._tried_at = self._monotonic()
            self._failed = True
            try:
                self.replace(await self._fetch())
            except Exception as error:  # whatever goes wrong there: the keys held here still hold
                logger.warning(
                    "keys of an issuer could not be fetched",
                    extra={"issuer": self.issuer, "error": type(error).__name__},
                )
            return True


def _usable(key: PublicKey) -> jwt.PyJWK | None:
    if key.jwk.get("use", "sig") != "sig":
        return None
    try:
        made = jwt.PyJWK({**key.jwk, "kid": key.kid})
    except jwt.PyJWTError:
        return None
    return made if made.algorithm_name in ALGORITHMS else None
