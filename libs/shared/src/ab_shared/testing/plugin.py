"""Brings the fixtures of ``ab_shared.testing.infra`` into every pytest run."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings


def pytest_configure(config: pytest.Config) -> None:
    """Imports them only now, so that coverage has begun and sees the import."""
    config.pluginmanager.import_plugin("ab_shared.testing.infra")
    _be_patient()


def _be_patient() -> None:
    # How fast examples are made or run tells of a busy machine, and not of the code they try.
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")
