"""Keys of machines: asked about once a minute, forgotten as soon as they change."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256

from ab_shared.contracts.api_keys import API_KEY_ISSUER, ApiKeyChanged
from ab_shared.contracts.api_keys import VerifyApiKey as Request
from ab_shared.errors import Overloaded, Unauthorized
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock

from ab_gateway.domain.identity import Identity

# News of a change comes at once; this bounds what news that was lost costs.
REMEMBERED_SECONDS = 60.0
MAX_REMEMBERED = 10_000
# Different keys nobody here knows, asked about at the same time: more than that is no machine.
MOST_ASKED_AT_ONCE = 50
KEY = re.compile(r"(?i:bearer) +abk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
WRONG = "The key is not valid"


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key as a machine sent it, less the secret: its SHA-256 is all that is kept and passed."""

    key_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer and until when it holds; None where the key opens nothing."""

    identity: Identity | None
    until: float


def presented_key(authorization: str) -> PresentedKey | None:
    """The key in an Authorization header, or None where there is none that is well formed."""
    found = KEY.fullmatch(authorization.strip())
    if found is None:
        return None
    return PresentedKey(found[1], sha256(found[2].encode()).hexdigest())


class VerifyApiKey:
    """Asks auth, and remembers: good keys and bad ones each in a memory with a bound."""

    def __init__(self, services: Caller, now: Clock) -> None:
        self._services = services
        self._now = now
        self._good: OrderedDict[PresentedKey, Remembered] = OrderedDict()
        # Apart, so that made-up keys push no real ones out.
        self._bad: OrderedDict[PresentedKey, Remembered] = OrderedDict()
        self._asking: dict[PresentedKey, asyncio.Task[Identity]] = {}
        self._changes = 0

    def remembers(self, key: PresentedKey) -> bool:
        """Whether this key is answered without asking anybody."""
        return self._find(key) is not None

    async def __call__(self, key: PresentedKey) -> Identity:
        """The machine's user with its scopes.

        Raises:
            Unauthorized: the key opens nothing.
            TransientError: it is not remembered, and auth can't be asked now.
        """
        known = self._find(key)
        if known is None:
            return await self._ask(key)
        if known.identity is None:
            raise Unauthorized(WRONG)
        return known.identity

    async def changed(self, event: ApiKeyChanged) -> None:
        """Hears that a key was rotated or revoked."""
        self._changes += 1
        for key in [key for key in self._good if key.key_id == event.key_id]:
            del self._good[key]

    def _find(self, key: PresentedKey) -> Remembered | None:
        found = self._good.get(key) or self._bad.get(key)
        return found if found and self._now().timestamp() < found.until else None

    async def _ask(self, key: PresentedKey) -> Identity:
        task = self._asking.get(key)
        if task is None:
            if len(self._asking) >= MOST_ASKED_AT_ONCE:
                raise Overloaded("Too many keys are asked about at this moment")
            # One question for all who come with it meanwhile, and none that ends with who began it.
            task = asyncio.create_task(self._question(key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(task)

    async def _question(self, key: PresentedKey) -> Identity:
        changes, asked_at = self._changes, self._now().timestamp()
        try:
            answer = await self._services.call(Request(key_id=key.key_id, digest=key.digest))
        except Unauthorized:
            # What was good once would hide that it is not.
            self._good.pop(key, None)
            _keep(self._bad, key, Remembered(None, asked_at + REMEMBERED_SECONDS))
            raise
        identity = Identity(answer.user_id, API_KEY_ISSUER, scopes=frozenset(answer.scopes))
        until = min(asked_at + REMEMBERED_SECONDS, answer.expires_at.timestamp())
        # An answer that crossed with news of a change may be older than the news.
        if changes == self._changes:
            _keep(self._good, key, Remembered(identity, until))
        return identity


def _keep(
    memory: OrderedDict[PresentedKey, Remembered], key: PresentedKey, found: Remembered
) -> None:
    memory[key] = found
    memory.move_to_end(key)
    if len(memory) > MAX_REMEMBERED:
        memory.popitem(last=False)
