"""Bodies about editing, duplicating and sharing sessions, as they look on the wire."""

from __future__ import annotations

from typing import Any

SHARE = {
    "id": "3f0c7d1e-8a52-4b19-9c43-7e6d5a4b3c21",
    "createdAt": "2026-01-05T12:30:10.000Z",
    "expiresAt": "2026-01-12T12:30:10.000Z",
}
TOKEN = "fyJqlQVw0xkHcTnB2uRz7oLgMEs9dAe3XiPtKvYb4NU"


def library_bodies(session: dict[str, Any], job_id: str, bundle: dict[str, Any]) -> dict[str, Any]:
    """By the name of their schema."""
    return {
        "EditIn": {"affirmations": session["affirmations"]},
        "EditedSessionV3": {**session, "_audioJobId": job_id, "_newReads": 2},
        "DuplicateIn": {"title": "My own morning"},
        "ShareIn": {"expiresInHours": 168},
        "NewShareOut": {**SHARE, "token": TOKEN, "path": f"/v1/shared/{TOKEN}"},
        "ShareListOut": {"shares": [SHARE]},
        "SharedSessionOut": {
            "title": session["title"],
            "affirmations": session["affirmations"],
            "expiresAt": SHARE["expiresAt"],
            "bundle": bundle,
        },
    }
