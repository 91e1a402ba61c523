"""What the session service reads of devices that are told, and of what is kept offline."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ab_shared.runtime.settings import DatabaseSettings, Environment, Secret, setting
from pydantic import ValidationInfo, field_validator

VENDOR = re.compile(r"(^|\.)(exp\.host|expo\.dev)$")


class PushSettings(DatabaseSettings):
    """Off unless an address is given."""

    expo_push_url: str | None = setting(
        None,
        about="Where Expo's push service answers; unset: devices are kept, and told nothing",
        example="https://exp.host",
    )
    expo_access_token: Secret | None = setting(
        None,
        about="Expo's access token, where enhanced push security is switched on",
        example="change-me",
        where="production",
    )
    push_after_seconds: float = setting(
        10.0,
        about="Jobs that took less are not told of: their owner still looks at the screen",
        example="10",
        ge=0,
    )
    push_sweep_seconds: float = setting(
        2.0, about="How often it is looked whether a device is to be told", example="2", gt=0
    )
    session_offline_seconds: float = setting(
        60.0,
        about="How often licences for offline files that ran out are renewed",
        example="60",
        gt=0,
    )
    session_drop_seconds: float = setting(
        3600.0,
        about="How often offline files are looked for that nobody wants",
        example="3600",
        gt=0,
    )

    @field_validator("expo_push_url")
    @classmethod
    def _is_the_vendor(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.username:
            raise ValueError("is no address of a server")
        if info.data.get("environment") is not Environment.PRODUCTION:
            return value
        # Tokens let anybody push to a device: they go to nobody else, and never in the clear.
        if url.scheme != "https" or not VENDOR.search(url.hostname):
            raise ValueError("is not Expo's, which is refused in production")
        return value
