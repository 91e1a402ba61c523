"""What the entitlement service reads from its environment."""

from __future__ import annotations

from pathlib import Path

from ab_shared.runtime.settings import DatabaseSettings, Secret, setting


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
        about="Reserved for RevenueCat's REST API, not called yet",
        example="change-me",
        where="production",
    )
