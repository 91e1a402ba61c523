"""What operators see of accounts and of the keys that sign their tokens."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

REGISTERED = Counter(
    "ab_users_registered_total", "Users seen for the first time, by issuer's kind.", ("issuer",)
)
SIGNING_KEY = Gauge(
    "ab_signing_key_created_timestamp_seconds",
    "When the key that signs tokens now was made; absent where the built-in issuer is off.",
)
