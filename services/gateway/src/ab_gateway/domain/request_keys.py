"""Idempotency-Key (IETF draft 07): what a client calls its request, so that a retry is the same."""

from __future__ import annotations

import hashlib
import hmac
import re

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


def slot(user_id: str, route: str, key: str) -> str:
    """Under which name a key is remembered: per user and route, and not readable back."""
    return hashlib.sha256(f"{user_id}\n{route}\n{key}".encode()).hexdigest()


def fingerprint(key: str, body: bytes) -> str:
    """What stands for a body: keyed by the request's own key, which is not stored.

    A plain hash of a private sentence could be guessed by whoever reads the cache.
    """
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
