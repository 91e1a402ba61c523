"""What the people who run the stack ask about the built-in issuer's keys and do to them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT, ActorKind
from ab_shared.contracts.base import Contract, Request

KeyStage = Literal["published", "signing", "verifying"]


class SigningKeyState(Contract):
    """A key: known to gateways but not used yet, signing, or only verifying what it has signed."""

    kid: str
    stage: KeyStage
    made_at: AwareDatetime
    signs_from: AwareDatetime
    leaves_at: AwareDatetime | None = None
    """When the last token signed with it is dead; None while no newer key is there."""


class SigningKeyStates(Contract):
    """All keys that verify, oldest first."""

    keys: tuple[SigningKeyState, ...]


class ListSigningKeys(Request[SigningKeyStates]):
    """The built-in issuer's keys."""

    routing_key: ClassVar[str] = "auth.list_signing_keys.v1"
    reply_type: ClassVar[type[Contract]] = SigningKeyStates


class RotateSigningKey(Request[SigningKeyStates]):
    """Make the key that signs next; Conflict while one waits for its turn already.

    Nobody is signed out: tokens of the key before verify until they expire. Audited.
    """

    routing_key: ClassVar[str] = "auth.rotate_signing_key.v1"
    reply_type: ClassVar[type[Contract]] = SigningKeyStates

    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: ActorKind
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    request_id: str | None = None


class WithdrawSigningKey(Request[SigningKeyStates]):
    """Believe no token of this key any more, because it has leaked; NotFound where there is none.

    Where it was the one to sign with, another signs at once. Sign-ins go on by their refresh
    tokens. Audited.
    """

    routing_key: ClassVar[str] = "auth.withdraw_signing_key.v1"
    reply_type: ClassVar[type[Contract]] = SigningKeyStates

    kid: str = Field(min_length=1, max_length=MAX_TEXT)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: ActorKind
    reason: str = Field(min_length=1, max_length=MAX_REASON)
    request_id: str | None = None
