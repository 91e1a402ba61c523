from __future__ import annotations

import pytest
from ab_session.adapters.tables import METADATA
from ab_shared.testing.databases import drift
from ab_shared.testing.infra import NewDatabase


@pytest.mark.real
async def test_migrations_make_what_the_tables_say(database: NewDatabase) -> None:
    assert await drift(await database("session"), METADATA) == []
