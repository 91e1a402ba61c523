"""Who a request comes from, once its token is believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ab_shared.errors import Unauthorized

MAX_SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Issuer:
    """A party whose tokens are believed.

    ``builtin`` keys come from the auth service, ``jwks`` keys from ``jwks_url`` or, without one,
    from ``<issuer>/.well-known/jwks.json``. ``audience`` and ``authorized_parties`` are checked
    where they are given.
    """

    issuer: str
    kind: Literal["builtin", "jwks"]
    jwks_url: str | None = None
    audience: str | None = None
    authorized_parties: tuple[str, ...] = ()

    @property
    def keys_url(self) -> str:
        """Where a ``jwks`` issuer publishes its keys."""
        return self.jwks_url or f"{self.issuer.rstrip('/')}/.well-known/jwks.json"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. ``acting`` is who really sits there when somebody impersonates the user."""

    user_id: str
    issuer: str
    acting: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """An identity and until when (Unix seconds) its token speaks for it."""

    identity: Identity
    expires_at: float


def identity_from(claims: Mapping[str, Any], issuer: Issuer) -> Identity:
    """The caller that claims with a good signature name.

    Raises:
        Unauthorized: for a subject that is none, a party that is not allowed (``azp`` may be
            missing, as it is in native apps) and a sign-in that is still pending.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise Unauthorized("The token names nobody")
    if not subject.isprintable():
        raise Unauthorized("The token names nobody")
    party = claims.get("azp")
    if party and issuer.authorized_parties and party not in issuer.authorized_parties:
        raise Unauthorized("The token was made for another application")
    # Clerk: signed in, but a second factor or an organisation is still missing.
    if claims.get("sts") == "pending":
        raise Unauthorized("The sign-in is not complete")
    return Identity(subject, issuer.issuer, _acting(claims.get("act")))


def _acting(actor: object) -> str | None:
    if actor is None:
        return None
    subject = actor.get("sub") if isinstance(actor, dict) else None
    return subject if isinstance(subject, str) else "unknown"
