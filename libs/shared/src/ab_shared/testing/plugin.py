"""Brings the fixtures of ``ab_shared.testing.infra`` into every pytest run."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Imports them only now, so that coverage has begun and sees the import."""
    config.pluginmanager.import_plugin("ab_shared.testing.infra")
