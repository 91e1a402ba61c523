"""Bodies of the queue of texts as they look on the wire, by the name of their schema."""

from __future__ import annotations

from typing import Any

AT = "2026-01-05T12:30:15.000Z"
ITEM = "3f0c8d1a-2f8b-4c0e-9a53-0d6a3c0b7a77"
TEXT = {
    "itemId": ITEM,
    "status": "pending",
    "reason": "uncertain",
    "category": "harassment",
    "provider": "openai",
    "firstSeenAt": AT,
    "checkedAt": AT,
    "asked": 0,
    "used": 1,
    "uses": [
        {
            "sessionId": "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33",
            "ownerUserId": "user_2xyzUVW",
            "part": "line",
            "position": 2,
        }
    ],
    "text": "I speak my mind without mercy.",
}
DONE = {
    "itemId": ITEM,
    "outcome": "decided",
    "status": "rejected",
    "stoppedJobs": 1,
    "sessions": 1,
}
TEXT_BODIES: dict[str, Any] = {
    "ModerationStatsOut": {
        "approved": 412,
        "pending": 3,
        "rejected": 1,
        "unavailable": 2,
        "decidedByPeople": 1,
        "oldestPendingAt": AT,
        "providers": {"builtin": 12, "openai": 403, "operator": 1},
        "categories": {"harassment": 2},
        "refused": [{"day": "2026-01-05", "category": "hate", "count": 4}],
    },
    "FlaggedOut": {"texts": [TEXT], "nextCursor": "MjAyNi0wMS0wNVQxMjozMDoxNSswMDowMA"},
    "DecideIn": {"verdict": "reject", "reason": "aimed at a colleague"},
    "DecideManyIn": {
        "decisions": [{"itemId": ITEM, "verdict": "reject"}],
        "reason": "the queue of the day",
    },
    "DecidedOut": DONE,
    "DecidedManyOut": {"results": [DONE]},
}
