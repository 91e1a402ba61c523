"""Bodies about the listener and about programs, as they look on the wire."""

from __future__ import annotations

from typing import Any

MADE, DONE = "2026-01-05T12:30:10.000Z", "2026-01-06T21:04:00.000Z"
VALUES: list[dict[str, Any]] = [
    {"valueId": "family", "valueText": "Time with my family", "rank": 1},
    {"valueId": "own-1", "valueText": "Honest work", "rank": None},
]
KEPT_VALUES = [
    {
        "id": identity,
        "userId": "user_2abcDEF",
        **value,
        "createdAt": MADE,
        "updatedAt": MADE,
    }
    for identity, value in zip(
        ("8d1f0a52-5f0c-4f0e-9f3a-1a2b3c4d5e6f", "9d1f0a52-5f0c-4f0e-9f3a-1a2b3c4d5e6f"),
        VALUES,
        strict=True,
    )
]
PREFERENCES = {
    "schemaVersion": 3,
    "voiceId": "nova",
    "pace": "slow",
    "affirmationSpacingMs": 4000,
    "binauralHz": 10.0,
    "backgroundId": "ocean",
    "mix": {"affirmations": 1.0, "binaural": 0.05, "background": 0.3},
    "loopBackground": True,
    "loopBinaural": True,
}
WISHES = {
    "primaryGoal": "Sleep",
    "voicePreference": "More space",
    "soundPreference": "Atmosphere-forward",
}
PROGRAM = {
    "id": "seven-nights-of-sleep",
    "kind": "course",
    "title": "Seven Nights of Sleep",
    "summary": "A week of evenings that lead into rest.",
    "goalTag": "sleep",
    "totalDays": 7,
}
STEP = {
    "day": 1,
    "title": "Arrive",
    "text": "The evening begins before bed.",
    "sessionId": "5b53366c-48e8-4672-a420-9430c4436577",
    "affirmations": ["I let this evening carry me into rest."],
    "action": "Dim one lamp an hour before bed.",
}
MINE = {
    "programId": "seven-nights-of-sleep",
    "title": "Seven Nights of Sleep",
    "kind": "course",
    "withdrawn": False,
    "state": "active",
    "round": 1,
    "enrolledAt": MADE,
    "totalDays": 7,
    "nextDay": 2,
    "nextAction": "Put the phone to charge in another room.",
    "days": [{"day": 1, "completedAt": DONE, "actionDoneAt": DONE, "rating": 4}],
}
STREAK = {"current": 1, "longest": 3, "lastDay": "2026-01-06"}

SELF_BODIES: dict[str, Any] = {
    "ValuesIn": {"values": VALUES},
    "ValuesOut": {"values": KEPT_VALUES},
    "ValuesSavedOut": {"success": True, "count": 2},
    "StruggleIn": {"struggle": "I lie awake and plan tomorrow"},
    "StruggleOut": {"struggle": "I lie awake and plan tomorrow"},
    "StruggleSavedOut": {"success": True, "struggle": "I lie awake and plan tomorrow"},
    "PreferencesIn": PREFERENCES,
    "PreferencesV3": PREFERENCES,
    "CurationPreferencesIn": WISHES,
    "KeptCurationPreferencesOut": {"preferences": WISHES},
    "SavedOut": {"success": True},
    "ProgramListOut": {"programs": [PROGRAM]},
    "ProgramOut": {**PROGRAM, "withdrawn": False, "days": [STEP]},
    "EnrolIn": {"restart": False},
    "CompleteDayIn": {"completedAt": DONE, "actionDone": True, "rating": 4},
    "DayIn": {"actionDone": True, "rating": 4},
    "MyProgramOut": {"program": MINE, "streak": STREAK},
    "MyProgramsOut": {"programs": [MINE], "streak": STREAK},
}
