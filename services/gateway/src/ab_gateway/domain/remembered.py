"""Tokens that were verified before, by what stands for them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ab_gateway.domain.identity import Verified

MOST = 10_000


@dataclass(slots=True)
class Remembered:
    """A verified token, and when (Unix seconds) it was last known not to be revoked."""

    token: Verified
    checked_at: float


class RememberedTokens:
    """Bounded; the one used longest ago goes first. By user too: dropping one's is no search."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held: OrderedDict[bytes, Remembered] = OrderedDict()
        self._of_user: dict[str, set[bytes]] = {}

    def find(self, address: bytes, now: float) -> Remembered | None:
        """What is remembered, never past its end."""
        found = self._held.get(address)
        if found is None or now >= found.token.expires_at:
            return None
        self._held.move_to_end(address)
        return found

    def keep(self, address: bytes, token: Verified, now: float) -> None:
        """Remembers a token that was verified now."""
        self._held[address] = Remembered(token, now)
        self._held.move_to_end(address)
        self._of_user.setdefault(token.identity.user_id, set()).add(address)
        if len(self._held) > self._most:
            oldest, gone = self._held.popitem(last=False)
            self._unlist(oldest, gone.token.identity.user_id)

    def forget_user(self, user_id: str) -> None:
        """Forgets all tokens of a user."""
        for address in self._of_user.pop(user_id, ()):
            self._held.pop(address, None)

    def clear(self) -> None:
        """Forgets everything."""
        self._held.clear()
        self._of_user.clear()

    def __len__(self) -> int:
        return len(self._held)

    def _unlist(self, address: bytes, user_id: str) -> None:
        listed = self._of_user.get(user_id, set())
        listed.discard(address)
        if not listed:
            self._of_user.pop(user_id, None)
