"""What is held of a user's listening, for an archive of theirs; keys compare byte by byte."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

EVENTS = text("""
    SELECT client_event_id AS key, client_event_id AS "clientEventId",
        session_id AS "sessionId", event_type AS "eventType", occurred_at AS "occurredAt",
        received_at AS "receivedAt", local_hour AS "localHour", metadata
    FROM listening_events
    WHERE user_id = :user_id AND client_event_id COLLATE "C" > :after
    ORDER BY client_event_id COLLATE "C" LIMIT :limit
""")
COUNTS = text("""
    SELECT * FROM (
        SELECT session_id || ' ' || day || ' ' || to_char(hour, 'FM00') AS key,
            session_id AS "sessionId", day, hour AS "localHour", starts, completes, abandons,
            early_abandons AS "earlyAbandons", replays, skips, mix_changes AS "mixChanges"
        FROM listening_tallies WHERE user_id = :user_id
    ) AS t WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
ZONE = text("""
    SELECT 'zone' AS key, zone FROM listener_zones
    WHERE user_id = :user_id AND 'zone' > :after LIMIT :limit
""")
SHOWN = text("""
    SELECT * FROM (
        SELECT day || ' ' || session_id || ' ' || background_id AS key, day,
            session_id AS "sessionId", background_id AS "backgroundId"
        FROM shown_recipes WHERE user_id = :user_id
    ) AS s WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
QUERIES: dict[str, Any] = {
    "listening-events": EVENTS,
    "listening-counts": COUNTS,
    "zone": ZONE,
    "shown": SHOWN,
}
