"""Looking for offline files that nobody wants, where there are thousands."""

from __future__ import annotations

import pytest
from ab_session.adapters.offline_rows import OfflineRows
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import AT
from sqlalchemy import text

FILES = 6000
# A join of every file with every job takes several times as long, a look for each a tenth of it.
BOUND = text("SET LOCAL statement_timeout = '1s'")
ROWS = (
    """
    INSERT INTO sessions (id, owner_user_id, source, title, lines, voice_id, frequency_hz,
        brainwave_state, generation, version, created_at, updated_at, track_address)
    SELECT gen_random_uuid(), 'u' || n % 200, 'user', 'Mine', ARRAY['I am ' || n], 'nova', 10,
        'Alpha', 'committed', 1, now(), now(), 't' || n
    FROM generate_series(1, :files) AS n
    """,
    """
    INSERT INTO mixdowns (mixdown_address, asset, loudness_lufs, true_peak_dbtp, profile_version,
        render_ms, rendered_at)
    SELECT 't' || n, '{}', -20, -2, 'x', 1, now() FROM generate_series(1, :files + 1) AS n
    """,
    """
    INSERT INTO mixdown_jobs (id, session_id, owner_user_id, attempt, mixdown_address,
        track_address, minutes, stage, progress, version, revivals, stage_ms, created_at,
        stage_since, moved_at, due_at)
    SELECT gen_random_uuid(), id, owner_user_id, 1, track_address, track_address, 30, 'ready', 1,
        1, 0, '{}', now(), now(), now(), now()
    FROM sessions
    """,
)


@pytest.mark.real
async def test_what_nobody_wants_is_found_among_thousands_in_time(database: NewDatabase) -> None:
    made = await database("session")
    async with made.engine.begin() as connection:
        for rows in ROWS:
            statement = text(rows)
            known = {"files": FILES} if ":files" in rows else {}
            await connection.execute(statement, known)
        await connection.execute(text("ANALYZE"))
    async with made.engine.begin() as connection:
        await connection.execute(BOUND)
        await OfflineRows(connection).mark_unwanted(AT)
        marked = "SELECT mixdown_address FROM mixdowns WHERE unwanted_since IS NOT NULL"
        found = (await connection.execute(text(marked))).scalars().all()
    assert list(found) == [f"t{FILES + 1}"]
