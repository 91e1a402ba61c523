"""Keys of machines as auth would answer for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from ab_shared.contracts import api_keys
from ab_shared.errors import Unauthorized


@dataclass
class Machines:
    """Some keys, by id and digest; ``install`` lets the services answer for them."""

    good: dict[tuple[str, str], api_keys.VerifiedApiKey] = field(default_factory=dict)

    def make(self, *scopes: api_keys.Scope, life: float = 3600) -> str:
        key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
        digest = sha256(secret.encode()).hexdigest()
        self.good[key_id, digest] = api_keys.VerifiedApiKey(
            key_id=key_id,
            name="load-tests",
            user_id=f"machine_{'0' * 32}",
            scopes=scopes,
            expires_at=datetime.now(UTC) + timedelta(seconds=life),
        )
        return f"abk_{key_id}_{secret}"

    def answer(self, request: api_keys.VerifyApiKey) -> api_keys.VerifiedApiKey:
        found = self.good.get((request.key_id, request.digest))
        if found is None:
            raise Unauthorized("The key is not valid")
        return found

    def install(self, services: Any) -> None:
        services.more.append(("auth", api_keys.VerifyApiKey, self.answer))
