"""Ed25519 key pairs (RFC 8037), sealed with AES-256-GCM, and the tokens they sign."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import jwt
from ab_shared.contracts.events import PublicKey
from ab_shared.errors import DependencyUnavailable, SettingsInvalid
from ab_shared.runtime.clock import Clock
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ab_auth.domain.signing_keys import SigningKey, in_turn, signing_key

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
    """Implements ``KeyMaker`` under the deployment's keys (32 bytes each).

    The first of them seals, all of them open: so the deployment's key can be changed, too.
    """

    def __init__(self, *encryption_keys: bytes) -> None:
        self._ciphers = [AESGCM(key) for key in encryption_keys]

    def make(self, now: datetime, signs_from: datetime, token_seconds: int) -> SigningKey:
        """A fresh pair; the seal is bound to the key's name."""
        private = Ed25519PrivateKey.generate()
        public = _public_key(private)
        sealed = self._sealed(private.private_bytes_raw(), public.kid)
        return SigningKey(public, sealed, now, signs_from, token_seconds)

    def opened(self, key: SigningKey) -> Ed25519PrivateKey:
        """The private half.

        Raises:
            SettingsInvalid: it was sealed under another deployment's key.
        """
        return Ed25519PrivateKey.from_private_bytes(self._open(key)[0])

    def resealed(self, key: SigningKey) -> SigningKey:
        """The key under the first seal, itself where it is already; as ``opened`` raises."""
        raw, newest = self._open(key)
        return key if newest else replace(key, sealed=self._sealed(raw, key.kid))

    def _sealed(self, raw: bytes, kid: str) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, raw, kid.encode())

    def _open(self, key: SigningKey) -> tuple[bytes, bool]:
        nonce, sealed = key.sealed[:NONCE_BYTES], key.sealed[NONCE_BYTES:]
        for number, cipher in enumerate(self._ciphers):
            try:
                return cipher.decrypt(nonce, sealed, key.kid.encode()), number == 0
            except InvalidTag:
                continue
        raise SettingsInvalid(
            "SIGNING_KEY_ENCRYPTION_KEY does not open the signing key in the database"
        )


class Ed25519Signer:
    """Implements ``TokenSigner`` with whichever key's turn it is.

    ``patience`` bounds how long keys are used without a look at the database: an instance that
    could not look might sign with a key that everybody else has let go.
    """

    def __init__(self, keys: Ed25519Keys, clock: Clock, patience: timedelta | None = None) -> None:
        self._keys = keys
        self._clock = clock
        self._patience = patience
        self._found: Sequence[SigningKey] = ()
        self._opened: dict[str, Ed25519PrivateKey] = {}
        self._looked_at = clock()

    def adopt(self, found: Sequence[SigningKey]) -> None:
        """Knows these keys from now on; opens the one that signs and those that will."""
        current = signing_key(found, self._clock())
        turns = in_turn(found)
        needed = turns[turns.index(current) :] if current else []
        known = self._opened
        self._opened = {key.kid: known.get(key.kid) or self._keys.opened(key) for key in needed}
        self._found = found
        self._looked_at = self._clock()

    def longest_token(self) -> timedelta:
        """How long a token of any of these keys can live."""
        return timedelta(seconds=max((key.token_seconds for key in self._found), default=0))

    def sign(self, claims: dict[str, str | int]) -> str:
        """A JSON Web Token (RFC 7519) signed with EdDSA.

        Raises:
            DependencyUnavailable: there is no key, or it was looked at too long ago.
        """
        now = self._clock()
        key = signing_key(self._found, now)
        stale = self._patience is not None and now - self._looked_at > self._patience
        if key is None or stale or key.kid not in self._opened:
            raise DependencyUnavailable("The signing keys could not be looked at for too long")
        headers = {"kid": key.kid}
        return jwt.encode(claims, self._opened[key.kid], algorithm=ALGORITHM, headers=headers)
