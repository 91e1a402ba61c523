"""Bodies of the admin surface as they look on the wire, by the name of their schema."""

from __future__ import annotations

from typing import Any

from ab_gateway.entrypoints.http.admin.desk_examples import DESK_BODIES
from ab_gateway.entrypoints.http.admin.prompt_examples import PROMPT_BODIES
from ab_gateway.entrypoints.http.admin.text_examples import TEXT_BODIES

UNLIMITED = 9007199254740991
AT = "2026-01-05T12:30:15.000Z"
ADA, BOB = "user_2abcDEF", "user_2xyzUVW"
JOB = {
    "id": "5e0c8d1a-2f8b-5c0e-9a53-0d6a3c0b7a11",
    "type": "audio",
    "status": "failed",
    "progress": 0.25,
    "stage": "failed",
    "error": "Line 3: could not be spoken",
    "sessionId": "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33",
    "createdAt": AT,
    "startedAt": AT,
    "finishedAt": AT,
    "counts": {"reads": 8, "synthesized": 5},
    "stageMs": {"queued": 12, "speaking": 2310},
}
ROW = {"job": JOB, "ownerUserId": BOB, "attempt": 1, "revivals": 2, "movedAt": AT}
DAY = {
    "plan": "free",
    "day": "2026-01-05",
    "resetsAt": "2026-01-06T00:00:00.000Z",
    "generations": 1,
    "remainingGenerations": 1,
    "jobs": 1,
    "characters": 240,
    "readsMade": 6,
    "readsReused": 2,
    "renderedSeconds": 48.0,
    "limits": {
        "dailyGenerations": 2,
        "dailyCharacters": 120000,
        "dailyRenderedSeconds": 7200,
    },
}
GIVEN_BACK = {
    "at": AT,
    "day": "2026-01-05",
    "kind": "correct",
    "amount": -1,
    "actor": ADA,
    "reason": "A track that never played",
}
QUOTA = {"usage": DAY, "balance": 1, "drift": 0, "ledger": [GIVEN_BACK]}
ENTITLED = {
    "plan": "free",
    "status": "active",
    "limits": {
        "dailyGenerations": 2,
        "maxSessionLengthSec": UNLIMITED,
        "offlineDownloads": False,
    },
    "canCreateSession": True,
    "canGenerateAudio": True,
    "remainingFreeGenerationsToday": 1,
    "maxSessionLengthSecEffective": UNLIMITED,
}
ENTRY = {
    "number": 1199,
    "at": AT,
    "actor": ADA,
    "actorKind": "admin",
    "action": "job.cancel",
    "subject": f"job:{JOB['id']}",
    "before": {"stage": "speaking"},
    "after": {"stage": "cancelled"},
    "reason": "asked for by its owner",
    "requestId": "qLxTnWcVbZpRsKdM",
}

ERASURE = {
    "job": {
        "id": "7b1f7c0a-44c2-4d53-9a8e-5d1b6b9f2f10",
        "type": "erasure",
        "status": "processing",
        "progress": 0.5,
        "stage": "erasing",
        "createdAt": AT,
        "counts": {},
        "stageMs": {},
    },
    "subject": BOB,
    "requestedBy": "user",
    "waitsFor": ["stitching"],
    "counts": {"session": {"sessions": 3}},
    "asked": 1,
}

ADMIN_BODIES: dict[str, Any] = {
    **PROMPT_BODIES,
    **TEXT_BODIES,
    "AdminMeOut": {"userId": ADA, "role": "SUPPORT", "may": ["me.read", "users.read"]},
    "AdminsOut": {
        "admins": [
            {"userId": ADA, "role": "ADMIN", "grantedBy": "jo", "grantedAt": AT, "version": 1}
        ]
    },
    "GrantIn": {"userId": BOB, "role": "SUPPORT", "reason": "answers listeners' mail"},
    "ReasonIn": {"reason": "asked for by its owner"},
    "HeldRoleOut": {"userId": BOB, "role": "SUPPORT", "version": 3},
    "AuditOut": {"entries": [ENTRY], "nextCursor": "1199"},
    "FindUserIn": {"email": "ada@example.com"},
    "AdminUserOut": {
        "userId": BOB,
        "timezone": "Europe/Berlin",
        "createdAt": AT,
        "issuers": ["https://clerk.example.com"],
        "entitlement": ENTITLED,
        "quota": QUOTA,
    },
    "CorrectQuotaIn": {"amount": -1, "reason": "A track that never played"},
    "QuotaOut": QUOTA,
    "AdminJobsOut": {"jobs": [ROW], "nextCursor": "MjAyNi0wMS0wNVQxMjozMDoxNSswMDowMA"},
    "AdminJobOut": ROW,
    "PrivacyJobsOut": {"jobs": [ERASURE]},
    **DESK_BODIES,
}
