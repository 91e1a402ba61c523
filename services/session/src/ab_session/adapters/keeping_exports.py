"""What is kept offline and which devices are told, read for an archive of one user's."""

from __future__ import annotations

from sqlalchemy import TextClause, text

LICENCE = text("""
    SELECT 'licence' AS key, expires_at AS "expiresAt", lapsed_at AS "lapsedAt"
    FROM offline_licences WHERE user_id = :user_id AND 'licence' > :after LIMIT :limit
""")
# Which version of which session; the digests of its files belong to the sounds.
HANDED_OUT = text("""
    SELECT * FROM (
        SELECT session_id::text || ' ' || version AS key, session_id AS "sessionId", version,
            handed_at AS "handedAt"
        FROM offline_manifests WHERE user_id = :user_id
    ) AS h WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
DEVICES = text("""
    SELECT id::text AS key, id, token, platform, created_at AS "createdAt", seen_at AS "seenAt"
    FROM push_tokens WHERE user_id = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
NOTICES = text("""
    SELECT * FROM (
        SELECT job_id::text || ' ' || kind || ' ' || token_id::text AS key, job_id AS "jobId", kind,
            token_id AS "deviceId", session_id AS "sessionId", state, created_at AS "createdAt",
            sent_at AS "sentAt"
        FROM notices WHERE user_id = :user_id
    ) AS n WHERE key COLLATE "C" > :after ORDER BY key COLLATE "C" LIMIT :limit
""")
QUERIES: dict[str, TextClause] = {
    "offline-licence": LICENCE,
    "offline-versions": HANDED_OUT,
    "devices": DEVICES,
    "notices": NOTICES,
}
