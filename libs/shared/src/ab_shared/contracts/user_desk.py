"""What administrators do about somebody's way in."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.revoking import MAX_USER_ID


class TokensEnded(Contract):
    """How many live sign-ins at the built-in issuer ended with the tokens."""

    user_id: str
    sign_ins: int = Field(ge=0)


class RevokeUserTokens(Request[TokensEnded]):
    """Believe no access token of a user any more that was issued up to now, by any issuer.

    Sign-ins at the built-in issuer end; another issuer gives out new tokens for as long as it
    lets the user in. Keys for machines stay. NotFound for somebody unknown; audited.
    """

    routing_key: ClassVar[str] = "auth.revoke_user_tokens.v1"
    reply_type: ClassVar[type[Contract]] = TokensEnded

    user_id: str = Field(min_length=1, max_length=MAX_USER_ID)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)
