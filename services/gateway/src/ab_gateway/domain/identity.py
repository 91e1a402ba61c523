"""Who a request comes from, once its token is believed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from ab_shared.errors import Unauthorized

MAX_SUBJECT_LENGTH = 255
# Ends in a colon and holds no other, so that no prefix is the beginning of another one.
PREFIX = re.compile(r"[A-Za-z0-9_-]{1,32}:")
# What we call people at the built-in issuer, and machines that have keys. Nobody else may name
# theirs so, whether that issuer is on or not.
BUILTIN_ID = re.compile(r"(?:user|machine)_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A party whose tokens are believed.

    ``builtin`` keys come from the auth service, ``jwks`` keys from ``jwks_url`` or, without one,
    from ``<issuer>/.well-known/jwks.json``; ``pem`` is one fixed public key that nobody fetches.
    ``audience`` and ``authorized_parties`` are checked where they are given. ``prefix`` goes before
    the subject to make a user id of it; without one the id is the bare subject.
    """

    issuer: str
    kind: Literal["builtin", "jwks", "pem"]
    jwks_url: str | None = None
    pem: str | None = None
    audience: str | None = None
    authorized_parties: tuple[str, ...] = ()
    prefix: str = ""

    @property
    def keys_url(self) -> str:
        """Where a ``jwks`` issuer publishes its keys."""
        return self.jwks_url or f"{self.issuer.rstrip('/')}/.well-known/jwks.json"

    def user_id_of(self, subject: str) -> str:
        """Our id of one of this issuer's users; no two issuers of an unambiguous list share one.

        Raises:
            Unauthorized: for a subject that is none, or that names a user of another issuer.
        """
        user_id = self.prefix + subject
        if not subject or len(user_id) > MAX_SUBJECT_LENGTH or not subject.isprintable():
            raise Unauthorized("The token names nobody")
        # Bare subjects keep out of the built-in issuer's ids and of everybody's prefixes.
        taken = BUILTIN_ID.fullmatch(subject) or PREFIX.match(subject)
        if self.kind != "builtin" and not self.prefix and taken:
            raise Unauthorized("The token names nobody of its issuer")
        return user_id


def ambiguity_in(issuers: Sequence[Issuer]) -> str | None:
    """Why these issuers could give two people one user id, or None when they can't.

    The built-in issuer's ids have a shape of their own; of the others one at most may do without a
    prefix, which must differ from every other.
    """
    names = Counter(issuer.issuer for issuer in issuers)
    if any(count > 1 for count in names.values()):
        return "names an issuer twice"
    if any(issuer.prefix for issuer in issuers if issuer.kind == "builtin"):
        return "gives the built-in issuer a prefix"
    prefixes = Counter(issuer.prefix for issuer in issuers if issuer.kind != "builtin")
    if any(prefix and not PREFIX.fullmatch(prefix) for prefix in prefixes):
        return "has a prefix that is not letters, digits, _ or - before one colon"
    if any(count > 1 for count in prefixes.values()):
        return "could give two people one user id: all issuers but one need a prefix of their own"
    return None


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. ``acting`` is who really sits there when somebody impersonates the user.

    ``subject`` is what the issuer calls them where that is not the user id. ``scopes`` is what a
    machine's key may do; None is a person, who may do everything with what is their own.
    ``issued_at`` is the token's: one that is younger than an erasure begins anew.
    """

    user_id: str
    issuer: str
    acting: str | None = None
    subject: str | None = None
    scopes: frozenset[str] | None = None
    issued_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """An identity and until when (Unix seconds) its token speaks for it.

    ``session_id`` and ``issued_at`` (its ``sid`` and ``iat``) are what a token is revoked by; one
    that does not say when it was issued counts as the oldest.
    """

    identity: Identity
    expires_at: float
    session_id: str | None = None
    issued_at: float = 0.0


def identity_from(claims: Mapping[str, Any], issuer: Issuer) -> Identity:
    """The caller that claims with a good signature name.

    Raises:
        Unauthorized: for a subject that is none, a party that is not allowed (``azp`` may be
            missing, as it is in native apps) and a sign-in that is still pending.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise Unauthorized("The token names nobody")
    user_id = issuer.user_id_of(subject)
    party = claims.get("azp")
    if party and issuer.authorized_parties and party not in issuer.authorized_parties:
        raise Unauthorized("The token was made for another application")
    # Clerk: signed in, but a second factor or an organisation is still missing.
    if claims.get("sts") == "pending":
        raise Unauthorized("The sign-in is not complete")
    named = subject if user_id != subject else None
    issued = claims.get("iat")
    return Identity(
        user_id,
        issuer.issuer,
        _acting(claims.get("act")),
        named,
        issued_at=None if issued is None else _instant(issued),
    )


def _instant(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unauthorized("The token is not valid") from None


def _acting(actor: object) -> str | None:
    if actor is None:
        return None
    subject = actor.get("sub") if isinstance(actor, dict) else None
    return subject if isinstance(subject, str) else "unknown"
