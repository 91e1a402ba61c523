from __future__ import annotations

from datetime import timedelta

import pytest
from ab_shared.database import inbox
from ab_shared.testing.databases import ServiceDatabase
from sqlalchemy import text


@pytest.mark.real
async def test_purge_forgets_old_marks_only(notes: ServiceDatabase) -> None:
    async with notes.engine.begin() as connection:
        for message_id in ("old", "new"):
            assert await inbox.first_time(connection, "tts.speak", message_id)
        await connection.execute(
            text("UPDATE inbox SET seen_at = now() - interval '8 days' WHERE message_id = 'old'")
        )
        assert await inbox.purge(connection, timedelta(days=7)) == 1
        assert await inbox.first_time(connection, "tts.speak", "old")
        assert not await inbox.first_time(connection, "tts.speak", "new")
