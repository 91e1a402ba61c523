"""A database with an outbox, an inbox and a table of notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from ab_shared.database.migrations import Migrations
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase


@pytest.fixture
def migrations() -> Migrations:
    return Migrations(Path(__file__).parent / "migrations")


@pytest.fixture
async def notes(database: NewDatabase, migrations: Migrations) -> ServiceDatabase:
    return await database(migrations)
