"""Ending sign-ins before their tokens expire."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT, ActorKind
from ab_shared.contracts.base import Command, Contract, Event, Request

MAX_USER_ID = 255


class TokensRevoked(Event):
    """Access tokens of a user that are believed no more, although they have not expired.

    ``session_ids`` are the tokens' ``sid``; ``issued_until`` takes every token of the user with an
    ``iat`` up to then, whichever issuer signed it. After ``forget_at`` none of them can be alive,
    so that nobody has to remember this any longer.
    """

    routing_key: ClassVar[str] = "auth.tokens_revoked.v1"

    user_id: str
    session_ids: tuple[str, ...] = ()
    issued_until: AwareDatetime | None = None
    forget_at: AwareDatetime


class KeepRevocation(Command):
    """The same as the event, for one gateway process to keep where all of them look.

    The event goes to the processes of this moment; this waits where there is none.
    """

    routing_key: ClassVar[str] = "gateway.keep_revocation.v1"

    revoked: TokensRevoked


class SignInsEnded(Contract):
    """How many live sign-ins there were."""

    families: int


class EndSignIns(Request[SignInsEnded]):
    """End every sign-in of a user at the built-in issuer; audited, and harmless to repeat."""

    routing_key: ClassVar[str] = "auth.end_sign_ins.v1"
    reply_type: ClassVar[type[Contract]] = SignInsEnded

    user_id: str = Field(min_length=1, max_length=MAX_USER_ID)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: ActorKind
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    request_id: str | None = None
