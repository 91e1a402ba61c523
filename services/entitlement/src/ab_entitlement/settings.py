"""What the entitlement service reads from its environment."""

from __future__ import annotations

from ab_shared.runtime.settings import DatabaseSettings, Secret, setting


class EntitlementSettings(DatabaseSettings):
    """A database, the broker, and how much is free."""

    free_daily_generations: int = setting(
        2, about="Generations a free user has per UTC day", example="2", ge=0
    )
    revenuecat_api_key: Secret | None = setting(
        None,
        about="Reserved for RevenueCat's REST API, not called yet",
        example="change-me",
        where="production",
    )
