"""Bodies of sessions and numbers on the admin surface, by the name of their schema."""

from __future__ import annotations

from typing import Any

AT = "2026-01-05T12:30:15.000Z"
BOB = "user_2xyzUVW"
SESSION_ID = "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33"
JOB_ID = "5e0c8d1a-2f8b-5c0e-9a53-0d6a3c0b7a11"
TRACK = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
WHY = "the owner wrote that it does not play"
REBUILT = {
    "id": JOB_ID,
    "type": "audio",
    "status": "processing",
    "progress": 0.85,
    "stage": "merging",
    "sessionId": SESSION_ID,
    "createdAt": AT,
    "startedAt": AT,
    "counts": {"reads": 8},
    "stageMs": {},
}
SESSION = {
    "id": SESSION_ID,
    "ownerUserId": BOB,
    "source": "user",
    "goalTag": "sleep",
    "state": "ready",
    "lines": 4,
    "voiceId": "nova",
    "provider": "embedded",
    "trackHash": TRACK,
    "generatedAt": AT,
    "version": 2,
    "createdAt": AT,
    "updatedAt": AT,
}
LOST = {
    "kind": "track",
    "name": TRACK,
    "role": "plays",
    "verdict": "missing",
    "bytes": 1048576,
    "sha256": TRACK,
}
DAY = {
    "day": "2026-01-05",
    "dau": 120,
    "wau": 410,
    "mau": 980,
    "funnel": {
        "signedUp": 12,
        "generated": 30,
        "created": 25,
        "ready": 24,
        "firstStart": 10,
        "completed": 70,
    },
    "listening": {"starts": 260, "completes": 180, "abandons": 40, "completionRate": 0.6923},
    "renders": {
        "ok": 31,
        "failed": 1,
        "cancelled": 2,
        "successRate": 0.9688,
        "reads": 272,
        "readsMade": 190,
        "characters": 8400,
        "renderedSeconds": 1512.5,
        "renderSeconds": 61.2,
    },
    "rolledAt": "2026-01-06T00:20:31.000Z",
    "stale": False,
}
DASHBOARD = {
    "at": AT,
    "users": {
        "total": 1200,
        "newToday": 12,
        "newWeek": 80,
        "administrators": {"ADMIN": 2, "SUPPORT": 1},
        "privacyJobsLive": 0,
    },
    "sessions": {"total": 3400, "today": 25, "week": 190},
    "jobs": {"live": {"speaking": 2}, "oldestAt": AT},
    "mixdowns": {"live": {}},
    "renders": {"ok": 31, "failed": 1, "cancelled": 2, "successRate": 0.9688},
    "moderation": {"pending": 3, "oldestPendingAt": AT},
    "unavailable": ["entitlement"],
}

DESK_BODIES: dict[str, Any] = {
    "AdminSessionOut": SESSION,
    "AdminSessionsOut": {"sessions": [SESSION], "nextCursor": "MjAyNi0wMS0wNVQxMjozMDoxNQ"},
    "MustSayWhyIn": {"reason": WHY},
    "SessionLinesOut": {
        "id": SESSION_ID,
        "title": "Calm morning",
        "affirmations": ["I meet my day with calm."],
    },
    "IntegrityOut": {
        "id": SESSION_ID,
        "state": "ready",
        "playable": False,
        "checked": 1,
        "broken": 1,
        "readBytes": 0,
        "truncated": False,
        "unavailable": ["tts"],
        "objects": [LOST],
    },
    "RebuildIn": {"force": False, "reason": WHY},
    "RebuiltOut": {"id": SESSION_ID, "broken": 1, "forgotten": 1, "job": REBUILT},
    "TokensEndedOut": {"userId": BOB, "signIns": 2},
    "DashboardOut": DASHBOARD,
    "AnalyticsDayOut": DAY,
    "AnalyticsOut": {
        "days": [DAY],
        "cohorts": [
            {
                "week": "2026-01-05",
                "size": 40,
                "active": [40, 21],
                "retention": [1.0, 0.525],
            }
        ],
    },
    "RollUpIn": {"day": "2026-01-05", "reason": "phones came back from a flight"},
}
