"""Believing a JSON Web Token (RFC 7519): signature, issuer, dates, parties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
from ab_shared.errors import Unauthorized

from ab_gateway.adapters.key_ring import ALGORITHMS
from ab_gateway.adapters.key_sources import VerificationKeys
from ab_gateway.domain.identity import Issuer, Verified, identity_from

# Clocks of an issuer and ours differ; more would stretch the life of a token that is short.
LEEWAY_SECONDS = 5
INSTANTS = ("exp", "nbf", "iat")
REQUIRED = [*INSTANTS, "sub", "iss"]
MAX_KID_LENGTH = 200


class JwtVerifier:
    """Verifies tokens of the listed issuers with their keys."""

    def __init__(
        self, issuers: Mapping[str, Issuer], rings: Mapping[str, VerificationKeys]
    ) -> None:
        self._issuers = issuers
        self._rings = rings

    async def verify(self, token: str) -> Verified:
        """As the port says; the algorithm is the key's own, whatever the header claims."""
        header, claimed = _unverified(token)
        issuer = self._issuers.get(claimed)
        if issuer is None:
            raise Unauthorized("The token's issuer is not known here")
        key = await self._rings[issuer.issuer].key(_kid(header))
        if key is None:
            raise Unauthorized("The token's key is not known")
        claims = _claims(token, key, issuer)
        session_id = claims.get("sid")
        return Verified(
            identity_from(claims, issuer),
            float(claims["exp"]),
            session_id if isinstance(session_id, str) else None,
            float(claims["iat"]),
        )


def _unverified(token: str) -> tuple[dict[str, Any], str]:
    """Header and issuer as the token claims them, to find the key by."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthorized("The token can't be read") from None
    issuer = claims.get("iss")
    if header.get("alg") not in ALGORITHMS or not isinstance(issuer, str):
        raise Unauthorized("The token is not one that is taken here")
    return header, issuer


def _kid(header: Mapping[str, Any]) -> str:
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID_LENGTH:
        raise Unauthorized("The token names no key")
    return kid


def _claims(token: str, key: jwt.PyJWK, issuer: Issuer) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=issuer.issuer,
            audience=issuer.audience,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED, "verify_aud": issuer.audience is not None},
        )
    except jwt.ExpiredSignatureError:
        raise Unauthorized("The token has expired") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        raise Unauthorized("The token is not valid") from None
    # The library takes digits in quotes for a number; a NumericDate (RFC 7519) is one.
    if not all(type(claims[name]) in {int, float} for name in INSTANTS):
        raise Unauthorized("The token is not valid")
    return claims
