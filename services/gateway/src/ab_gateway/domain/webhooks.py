"""Whether a webhook comes from whom it says it does: what a vendor and we alone know."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

# Signatures are as old as their journey; five minutes cover queues and clocks that disagree.
SIGNATURE_SECONDS = 300
DIGITS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class SharedSecrets:
    """What RevenueCat shows at the door: a fixed header, and a signature where one is agreed.

    Of each there are two while one is replaced: any of them is believed.
    """

    authorizations: tuple[str, ...] = field(repr=False)
    signing: tuple[str, ...] = field(default=(), repr=False)
    signature_header: str = "X-RevenueCat-Webhook-Signature"


def same_secret(sent: Sequence[str], *expected: str) -> bool:
    """Whether a header was sent once and is one of the secrets; takes as long for any wrong one."""
    # Compared by digest: compare_digest tells the length of what it compares.
    digests = [hashlib.sha256(value.encode("latin-1", "replace")).digest() for value in sent]
    wanted = [hashlib.sha256(secret.encode()).digest() for secret in expected]
    # Every one is looked at: how long it takes must not tell which it was.
    return len(digests) == 1 and sum(hmac.compare_digest(digests[0], one) for one in wanted) > 0


def signed_lately(sent: Sequence[str], body: bytes, key: str, now: float) -> bool:
    """Whether ``t=<unix>,v1=<hex>`` signs these bytes within five minutes of ``now`` (Unix time).

    HMAC-SHA256 over ``{t}.{body}``; any one of several ``v1`` may match, so that a key can change.
    """
    if len(sent) != 1:
        return False
    pairs = [part.strip().partition("=") for part in sent[0].split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not DIGITS.fullmatch(times[0]):
        return False
    if abs(now - int(times[0])) > SIGNATURE_SECONDS:
        return False
    wanted = hmac.new(key.encode(), f"{times[0]}.".encode() + body, hashlib.sha256).hexdigest()
    offered = [value for name, _, value in pairs if name == "v1"]
    # Every one is looked at: how long it takes must not tell which was nearly right.
    return sum(hmac.compare_digest(_plain(value), wanted.encode()) for value in offered) > 0


def _plain(text: str) -> bytes:
    return text.lower().encode("ascii", "replace")
