"""Refusing to boot."""

from __future__ import annotations

import pytest
from ab_entitlement.settings import EntitlementSettings
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RABBITMQ_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ab:change-me@postgres:5432/entitlement")
    monkeypatch.setenv("FREE_DAILY_GENERATIONS", "-1")
    with pytest.raises(SettingsInvalid) as refusal:
        load(EntitlementSettings)
    for name in ("RABBITMQ_URL", "DATABASE_URL", "FREE_DAILY_GENERATIONS"):
        assert name in refusal.value.message
