"""Clerk's session tokens (v2) and the keys that sign them; also tokens Clerk would never sign."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

SESSION_SECONDS = 60
# A JWT template may let a token live longer; the installed app needs an hour.
TEMPLATE_SECONDS = 3600
# Not before: Clerk lets it begin ten seconds early, for clocks that are behind.
EARLY_SECONDS = 10


def clerk_id(kind: str) -> str:
    """An id as Clerk makes them: ``user_`` or ``sess_`` and 27 letters and digits."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return f"{kind}_2{''.join(secrets.choice(alphabet) for _ in range(26))}"


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and its name."""

    private: rsa.RSAPrivateKey
    kid: str

    @classmethod
    def fresh(cls) -> SigningKey:
        """A new one."""
        return cls(rsa.generate_private_key(65537, 2048), clerk_id("ins"))

    def jwk(self) -> dict[str, Any]:
        """The public half as it is published (RFC 7517)."""
        members = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {
            "use": "sig",
            "kty": "RSA",
            "kid": self.kid,
            "alg": "RS256",
            "n": members["n"],
            "e": members["e"],
        }

    def pem(self) -> str:
        """The public half for those who do not fetch it."""
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Mint:
    """Signs with the newest key; older ones are published until they are withdrawn."""

    issuer: str
    now: Callable[[], float] = time.time
    keys: list[SigningKey] = field(default_factory=lambda: [SigningKey.fresh()])

    def rotate(self, *, keep: bool = True) -> str:
        """A new key signs from now on; ``keep`` leaves the older ones published. Its name."""
        key = SigningKey.fresh()
        self.keys = [*(self.keys if keep else ()), key]
        return key.kid

    def jwks(self) -> dict[str, Any]:
        """The published set."""
        return {"keys": [key.jwk() for key in self.keys]}

    def token(
        self,
        user_id: str,
        session_id: str | None = None,
        *,
        seconds: float = SESSION_SECONDS,
        claims: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        key: SigningKey | None = None,
    ) -> str:
        """A session token; ``claims`` and ``headers`` add to it, or take away what is None."""
        now, signer = int(self.now()), key or self.keys[-1]
        body: dict[str, Any] = {
            "azp": None,
            "exp": int(now + seconds),
            "fva": [0, -1],
            "iat": now,
            "iss": self.issuer,
            "jti": secrets.token_hex(10),
            "nbf": now - EARLY_SECONDS,
            "sid": session_id or clerk_id("sess"),
            "sts": "active",
            "sub": user_id,
            "v": 2,
        }
        head: dict[str, Any] = {"kid": signer.kid, "cat": "cl_B7d4PD111AAA", "oiat": now}
        return jwt.encode(
            _present({**body, **(claims or {})}),
            signer.private,
            algorithm="RS256",
            headers=_present({**head, **(headers or {})}),
        )


def impersonated(by: str, issuer: str) -> dict[str, Any]:
    """The claim that says who really sits there."""
    return {"act": {"iss": f"{issuer}/dashboard", "sid": clerk_id("sess"), "sub": by}}


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
