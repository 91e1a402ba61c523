"""What the entitlement service reads from its environment."""

from __future__ import annotations

from ab_shared.runtime.settings import DatabaseSettings, setting


class EntitlementSettings(DatabaseSettings):
    """A database, the broker, and how much is free."""

    free_daily_generations: int = setting(
        2, about="Generations a free user has per UTC day", example="2", ge=0
    )
