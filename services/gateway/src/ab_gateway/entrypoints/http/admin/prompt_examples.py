"""Bodies of prompt templates as they look on the wire, by the name of their schema."""

from __future__ import annotations

from typing import Any

SOURCE = {
    "key": "writer.instructions",
    "about": "How lines are written",
    "placeholders": [],
    "active": 1,
    "trial": 2,
    "rolloutPercent": 10,
    "versions": 2,
}
TEXT = "You write affirmations. Each line is in the first person."
MADE = {"createdBy": "shipped", "createdAt": "2026-01-05T12:30:15.000Z"}
FIRST = {"version": 1, "state": "active", "rolloutPercent": 90, "text": TEXT, **MADE}
TRIED = {**FIRST, "version": 2, "state": "trial", "rolloutPercent": 10, "note": "shorter"}
WRITER = {
    "provider": "openai",
    "model": "gpt-4.1-mini",
    "resting": False,
    "callsToday": 12,
    "dailyCalls": 5000,
    "spentToday": 0.0054,
    "dailyDollars": 10.0,
}
PROMPT_BODIES: dict[str, Any] = {
    "AiSourcesOut": {"sources": [SOURCE], "writer": WRITER},
    "AiSourceVersionsOut": {"source": SOURCE, "versions": [TRIED, FIRST]},
    "PromptVersionIn": {"text": TEXT, "note": "shorter", "reason": "shorter lines read better"},
    "RolloutIn": {"percent": 10, "reason": "a first look"},
    "PromptPreviewIn": {"text": TEXT, "write": False, "goal": "rest at night", "count": 4},
    "PromptPreviewOut": {"text": TEXT, "characters": 57, "complaints": [], "lines": []},
}
