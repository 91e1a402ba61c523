"""Marks of addresses and places under a key of the deployment: HMAC-SHA256 (RFC 2104)."""

from __future__ import annotations

import hmac
from hashlib import sha256


class HiddenMarks:
    """Implements ``Marks``. A plain hash of an e-mail address can be guessed; this can't."""

    def __init__(self, deployment_key: bytes) -> None:
        # A key of its own: no key shall serve two purposes.
        self._key = hmac.digest(deployment_key, b"tries to sign in", sha256)

    def mark(self, *parts: str) -> bytes:
        """The same for the same parts; parts can't be shifted into one another."""
        joined = "\x00".join(parts)
        return hmac.digest(self._key, joined.encode(), sha256)
