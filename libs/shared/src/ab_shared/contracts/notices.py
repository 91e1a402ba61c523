"""Devices that want to be told when something is ready."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Empty, Request

Platform = Literal["ios", "android"]
PUSH_TOKEN = r"^(ExponentPushToken|ExpoPushToken)\[[A-Za-z0-9_-]{8,128}\]$"
MOST_TOKENS = 10
"""Of one user; whoever registers one more loses the one not seen for longest."""


class PushToken(Contract):
    """A device as its owner sees it; ``token`` is masked, for it lets anybody push to it."""

    id: UUID
    token: str
    platform: Platform
    created_at: datetime
    seen_at: datetime


class PushTokens(Contract):
    """A user's devices, the last seen first."""

    tokens: tuple[PushToken, ...]


class RegisterPushToken(Request[PushToken]):
    """Tell this device; one that was somebody else's is this user's from now on."""

    routing_key: ClassVar[str] = "session.register_push_token.v1"
    reply_type: ClassVar[type[Contract]] = PushToken

    user_id: str
    token: str = Field(pattern=PUSH_TOKEN)
    platform: Platform


class ListPushTokens(Request[PushTokens]):
    """Ask which devices are told."""

    routing_key: ClassVar[str] = "session.list_push_tokens.v1"
    reply_type: ClassVar[type[Contract]] = PushTokens

    user_id: str


class DropPushToken(Request[Empty]):
    """Tell this device no more; NotFound when it is not one of the user's."""

    routing_key: ClassVar[str] = "session.drop_push_token.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    user_id: str
    token_id: UUID
