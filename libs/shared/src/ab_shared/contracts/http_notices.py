"""The public wire format of devices that are told when something is ready."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, JsonValue

from ab_shared.contracts.http import ApiModel, Instant
from ab_shared.contracts.notices import PUSH_TOKEN, Platform

_DEVICE: dict[str, JsonValue] = {
    "id": "8d0f1c62-77aa-4a52-9f36-0d5b8a1c4e21",
    "token": "ExponentPushToken[AbCd\u2026wXyZ]",
    "platform": "ios",
    "createdAt": "2026-01-01T20:00:00.000Z",
    "seenAt": "2026-01-05T12:30:15.000Z",
}


class PushTokenIn(ApiModel):
    """A device to be told; send it again at every start of the app."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"token": "ExponentPushToken[AbCdEfGhIjKlMnOpQrSwXyZ]", "platform": "ios"}]
        }
    )

    token: Annotated[str, Field(pattern=PUSH_TOKEN, repr=False)] = Field(
        description="Of `getExpoPushTokenAsync`"
    )
    platform: Platform


class PushTokenOut(ApiModel):
    """A device that is told; its token is masked."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DEVICE]})

    id: UUID
    token: str
    platform: Platform
    created_at: Instant
    seen_at: Instant


class PushTokensOut(ApiModel):
    """The devices of the caller, the last seen first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tokens": [_DEVICE]}]})

    tokens: list[PushTokenOut]
