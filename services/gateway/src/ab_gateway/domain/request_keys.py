"""Idempotency-Key (IETF draft 07): what a client calls its request, so that a retry is the same."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

from ab_shared.errors import ValidationFailed

KEY = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}")


def parse_request_key(header: str | None) -> str | None:
    """The key out of a quoted or bare header; ValidationFailed for anything that is no key."""
    if header is None:
        return None
    text = header.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not KEY.fullmatch(text):
        wanted = "must be 1 to 255 visible ASCII characters, in quotes or bare"
        raise ValidationFailed("The request key is not valid", details={"Idempotency-Key": wanted})
    return text


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request under its key. ``said`` is all that it asks for: what its path names, its body."""

    user_id: str
    route: str
    key: str
    said: bytes

    @property
    def slot(self) -> str:
        """Under which name it is remembered: per user and route, and not readable back."""
        return hashlib.sha256(f"{self.user_id}\n{self.route}\n{self.key}".encode()).hexdigest()

    @property
    def mark(self) -> str:
        """What stands for what it said: keyed by the request's own key, which is not stored.

        A plain hash of a private sentence could be guessed by whoever reads the cache.
        """
        return hmac.new(self.key.encode(), self.said, hashlib.sha256).hexdigest()

    @property
    def secret(self) -> bytes:
        """32 bytes that seal its answer; whoever has not the request's own key has not these."""
        about = f"answer\n{self.user_id}\n{self.route}".encode()
        return hmac.new(self.key.encode(), about, hashlib.sha256).digest()


def keyed(user_id: str, route: str, key: str | None, *said: str) -> Keyed | None:
    """A request under its key; None where it has none."""
    return None if key is None else Keyed(user_id, route, key, "\n".join(said).encode())


@dataclass(frozen=True, slots=True)
class Claim:
    """What a key was found to be.

    first: never seen; again: seen with the same request, which came to no answer; running: the
    same request is in work, for ``wait_seconds`` at most; other: it came with another request;
    done: ``answer`` is what the request was answered with.
    """

    kind: Literal["first", "again", "running", "other", "done"]
    answer: bytes = b""
    wait_seconds: float = 0.0
