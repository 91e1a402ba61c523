"""Issuers: their private keys, what they publish, and tokens of every kind."""

from __future__ import annotations

import time
from typing import Any

import jwt
from ab_shared.contracts.events import PublicKey
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

BUILTIN = "https://auth.example.test"
CLERK = "https://clerk.example.test"


class Keys:
    """Private keys of the issuers, and what is published of them."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {
            "ed": ed25519.Ed25519PrivateKey.generate(),
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
            "foreign": ed25519.Ed25519PrivateKey.generate(),
        }

    def published(self, kid: str) -> PublicKey:
        key = self.private[kid].public_key()
        algorithm = {"ec": "ES256", "rsa": "RS256"}.get(kid, "EdDSA")
        jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
        return PublicKey(kid=kid, jwk={k: v for k, v in jwk.items() if isinstance(v, str)})

    def token(self, user: str = "user_1", *, kid: str = "ed", **changes: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": BUILTIN,
            "sub": user,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        signer = changes.pop("signer", kid)
        headers = changes.pop("headers", {"kid": kid})
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        algorithm = {"ec": "ES256", "rsa": "RS256"}.get(signer, "EdDSA")
        return jwt.encode(claims, self.private[signer], algorithm, headers=headers)
