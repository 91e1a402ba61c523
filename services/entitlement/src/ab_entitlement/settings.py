"""What the entitlement service reads from its environment."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from ab_shared.runtime.settings import DatabaseSettings, Environment, Secret, setting
from pydantic import ValidationInfo, field_validator

VENDOR = re.compile(r"(^|\.)revenuecat\.com$")


class EntitlementSettings(DatabaseSettings):
    """A database, the broker, and what the plans hold."""

    plans_file: Path | None = setting(
        None,
        about="Plans as a TOML file, taken anew when it changes; without it those of the release",
        example="/etc/affirmation-beats/plans.toml",
    )
    free_daily_generations: int | None = setting(
        None,
        about="Generations a free user has per day, in place of what the plans say",
        example="2",
        ge=0,
    )
    quota_sweep_seconds: float = setting(
        30.0,
        about="How often lapsed reservations are written down and the ledger is added up",
        example="30",
        gt=0,
    )
    revenuecat_api_key: Secret | None = setting(
        None,
        about="Key of RevenueCat's REST API; unset keeps purchase events and reads nothing",
        example="change-me",
        where="production",
    )
    revenuecat_base_url: str = setting(
        "https://api.revenuecat.com",
        about="Where RevenueCat's REST API answers; in production https and no simulator",
        example="https://api.revenuecat.com",
    )
    revenuecat_sandbox_counts: bool | None = setting(
        None,
        about="Whether stores' test purchases count; unset: everywhere but in production",
        example="false",
    )
    purchase_sweep_seconds: float = setting(
        15.0,
        about="How often purchases are looked for that are due to be read again, 50 each time",
        example="15",
        gt=0,
    )

    purchase_event_days: int = setting(
        400,
        about="How many days raw purchase events are kept for a replay",
        example="400",
        ge=30,
        le=3650,
    )

    @property
    def sandbox_counts(self) -> bool:
        """Whether purchases made with a store's test accounts give a plan here."""
        if self.revenuecat_sandbox_counts is None:
            return self.environment is not Environment.PRODUCTION
        return self.revenuecat_sandbox_counts

    @field_validator("revenuecat_base_url")
    @classmethod
    def _is_the_vendor(cls, value: str, info: ValidationInfo) -> str:
        url = urlsplit(value)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.username:
            raise ValueError("is no address of a server")
        if info.data.get("environment") is not Environment.PRODUCTION:
            return value
        # A key for real purchases must neither travel in the clear nor meet whoever plays vendor.
        if url.scheme != "https" or not VENDOR.search(url.hostname):
            raise ValueError("is not RevenueCat's, which is refused in production")
        return value

    @field_validator("revenuecat_sandbox_counts")
    @classmethod
    def _never_in_production(cls, value: object, info: ValidationInfo) -> object:
        if value and info.data.get("environment") is Environment.PRODUCTION:
            raise ValueError("is refused in production: test purchases cost nothing")
        return value
