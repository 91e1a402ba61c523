"""Everything held of one user, read for an archive of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from ab_shared.contracts.exporting import ExportedFile, Held
from ab_shared.contracts.media import AssetRef
from pydantic_core import to_jsonable_python
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.keeping_exports import QUERIES as KEEPING
from ab_session.adapters.listening_exports import QUERIES as LISTENING
from ab_session.adapters.moderation_privacy import QUERIES as MODERATED
from ab_session.adapters.writer_rows import PROMPTS_OF

# Keys are compared byte by byte, whatever the collation of the database.
SESSIONS = text("""
    SELECT s.id::text AS key, s.id, s.title, s.goal_tag AS "goalTag", s.lines AS affirmations,
        s.voice_id AS "voiceId", s.frequency_hz AS "frequencyHz",
        s.brainwave_state AS "brainwaveState", s.solfeggio_hz AS "solfeggioHz",
        s.source, s.created_at AS "createdAt", s.updated_at AS "updatedAt",
        s.generated_at AS "audioGeneratedAt", t.asset AS "audio"
    FROM sessions AS s LEFT JOIN tracks AS t ON t.track_address = s.track_address
    WHERE s.owner_user_id = :user_id AND s.id::text COLLATE "C" > :after
    ORDER BY s.id::text COLLATE "C" LIMIT :limit
""")
JOBS = text("""
    SELECT id::text AS key, id, session_id AS "sessionId", attempt, stage, progress, error, reads,
        created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"
    FROM jobs WHERE owner_user_id = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
OFFLINE_FILES = text("""
    SELECT j.id::text AS key, j.id, j.session_id AS "sessionId", j.minutes, j.stage, j.error,
        j.created_at AS "createdAt", j.finished_at AS "finishedAt", m.asset AS "audio"
    FROM mixdown_jobs AS j
    LEFT JOIN mixdowns AS m ON m.mixdown_address = j.mixdown_address AND j.stage = 'ready'
    WHERE j.owner_user_id = :user_id AND j.id::text COLLATE "C" > :after
    ORDER BY j.id::text COLLATE "C" LIMIT :limit
""")
SELF = text("""
    SELECT 'self' AS key, struggle, preferences, curation AS "curationPreferences",
        updated_at AS "updatedAt"
    FROM listeners WHERE user_id = :user_id AND 'self' > :after LIMIT :limit
""")
VALUES = text("""
    SELECT value_id AS key, id, value_id AS "valueId", value_text AS "valueText", rank,
        created_at AS "createdAt", updated_at AS "updatedAt"
    FROM listener_values WHERE user_id = :user_id AND value_id COLLATE "C" > :after
    ORDER BY value_id COLLATE "C" LIMIT :limit
""")
PROGRAMS = text("""
    SELECT program_id AS key, program_id AS "programId", state, round,
        enrolled_at AS "enrolledAt", touched_at AS "touchedAt", finished_at AS "finishedAt"
    FROM enrolments WHERE user_id = :user_id AND program_id COLLATE "C" > :after
    ORDER BY program_id COLLATE "C" LIMIT :limit
""")
PROGRAM_DAYS = text("""
    SELECT * FROM (
        SELECT program_id || to_char(round, ' FM0000') || to_char(day, ' FM0000') AS key,
            program_id AS "programId", round, day, completed_at AS "completedAt", zone,
            action_done_at AS "actionDoneAt", rating
        FROM program_days WHERE user_id = :user_id
    ) AS d WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
FAVOURITES = text("""
    SELECT session_id::text AS key, session_id AS "sessionId", created_at AS "createdAt"
    FROM favourites WHERE user_id = :user_id AND session_id::text COLLATE "C" > :after
    ORDER BY session_id::text COLLATE "C" LIMIT :limit
""")
LINKS = text("""
    SELECT id::text AS key, id, session_id AS "sessionId", created_at AS "createdAt",
        expires_at AS "expiresAt"
    FROM shares WHERE user_id = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
PAST_LINES = text("""
    SELECT id::text AS key, name AS affirmation, left_at AS "leftAt"
    FROM left_sounds WHERE user_id = :user_id AND kind = 'line' AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
DELETED_SESSIONS = text("""
    SELECT session_id::text AS key, session_id AS id, deleted_at AS "deletedAt"
    FROM deleted_sessions WHERE user_id = :user_id AND session_id::text COLLATE "C" > :after
    ORDER BY session_id::text COLLATE "C" LIMIT :limit
""")
DAYS = text("""
    SELECT day::text AS key, day::text AS day, signed_up AS "signedUp", generated, created, ready,
        events, starts, completes, abandons, renders_ok AS "rendersOk",
        renders_failed AS "rendersFailed", renders_cancelled AS "rendersCancelled", reads,
        reads_made AS "readsMade", characters, rendered_ms AS "renderedMs",
        render_ms AS "renderMs"
    FROM user_days WHERE user_id = :user_id AND day::text > :after
    ORDER BY day LIMIT :limit
""")
FOLDER = "audio/"
Naming = Callable[[Mapping[str, Any], AssetRef], str]


def _track_name(row: Mapping[str, Any], asset: AssetRef) -> str:
    return f"{row['id']}/{PurePosixPath(asset.key).name}"


def _offline_name(row: Mapping[str, Any], asset: AssetRef) -> str:
    # Two files of one session may have one title: the job tells them apart.
    return f"{row['sessionId']}/offline/{row['id']}/{PurePosixPath(asset.key).name}"


QUERIES: dict[str, tuple[Any, Naming]] = {
    "sessions": (SESSIONS, _track_name),
    "jobs": (JOBS, _track_name),
    "offline-files": (OFFLINE_FILES, _offline_name),
    "self": (SELF, _track_name),
    "values": (VALUES, _track_name),
    "programs": (PROGRAMS, _track_name),
    "program-days": (PROGRAM_DAYS, _track_name),
    "days": (DAYS, _track_name),
    "favourites": (FAVOURITES, _track_name),
    "links": (LINKS, _track_name),
    "past-lines": (PAST_LINES, _track_name),
    "deleted-sessions": (DELETED_SESSIONS, _track_name),
    **{kind: (query, _track_name) for kind, query in LISTENING.items()},
    "prompts": (PROMPTS_OF, _track_name),
    **{kind: (query, _track_name) for kind, query in MODERATED.items()},
    **{kind: (query, _track_name) for kind, query in KEEPING.items()},
}


class PersonalRows:
    """Implements ``PersonalRecords``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """One statement."""
        query, naming = QUERIES[kind]
        wanted = {"user_id": user_id, "after": after, "limit": limit}
        rows = (await self._connection.execute(query, wanted)).mappings()
        return [_held(dict(row), naming) for row in rows]


def _held(row: Mapping[str, Any], naming: Naming) -> Held:
    data = {name: value for name, value in row.items() if name not in {"key", "audio"}}
    files: tuple[ExportedFile, ...] = ()
    if row.get("audio"):
        asset = AssetRef.model_validate(row["audio"])
        files = (ExportedFile(name=naming(row, asset), asset=asset),)
        data["audio"] = {
            "file": FOLDER + files[0].name,
            "bytes": asset.bytes,
            "sha256": asset.sha256,
            "durationMs": asset.duration_ms,
        }
    return Held(key=row["key"], data=to_jsonable_python(data), files=files)
