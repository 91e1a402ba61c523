"""Ed25519 key pairs (RFC 8037), sealed with AES-256-GCM, and the tokens they sign."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime
from hashlib import sha256

import jwt
from ab_shared.contracts.events import PublicKey
from ab_shared.errors import SettingsInvalid
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ab_auth.domain.signing_keys import SigningKey

ALGORITHM = "EdDSA"
# What GCM is made for (NIST SP 800-38D, 8.2); random, as few keys are ever sealed.
NONCE_BYTES = 12


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _public_key(private: Ed25519PrivateKey) -> PublicKey:
    members = {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": _base64url(private.public_key().public_bytes_raw()),
    }
    # The name is the key's thumbprint: SHA-256 over its required members, sorted (RFC 7638).
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    kid = _base64url(sha256(canonical.encode()).digest())
    return PublicKey(kid=kid, jwk={**members, "kid": kid, "alg": ALGORITHM, "use": "sig"})


class Ed25519Keys:
    """Implements ``KeyMaker`` under the deployment's key (32 bytes)."""

    def __init__(self, encryption_key: bytes) -> None:
        self._cipher = AESGCM(encryption_key)

    def make(self, now: datetime) -> SigningKey:
        """A fresh pair; the seal is bound to the key's name."""
        private = Ed25519PrivateKey.generate()
        public = _public_key(private)
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, private.private_bytes_raw(), public.kid.encode())
        return SigningKey(public, nonce + sealed, now)

    def opened(self, key: SigningKey) -> Ed25519PrivateKey:
        """The private half.

        Raises:
            SettingsInvalid: it was sealed under another deployment's key.
        """
        nonce, sealed = key.sealed[:NONCE_BYTES], key.sealed[NONCE_BYTES:]
        try:
            raw = self._cipher.decrypt(nonce, sealed, key.kid.encode())
        except InvalidTag:
            raise SettingsInvalid(
                "SIGNING_KEY_ENCRYPTION_KEY does not open the signing key in the database"
            ) from None
        return Ed25519PrivateKey.from_private_bytes(raw)


class Ed25519Signer:
    """Implements ``TokenSigner`` with one key."""

    def __init__(self, keys: Ed25519Keys, key: SigningKey) -> None:
        self._private = keys.opened(key)
        self._headers = {"kid": key.kid}

    def sign(self, claims: dict[str, str | int]) -> str:
        """A JSON Web Token (RFC 7519) signed with EdDSA."""
        return jwt.encode(claims, self._private, algorithm=ALGORITHM, headers=self._headers)
