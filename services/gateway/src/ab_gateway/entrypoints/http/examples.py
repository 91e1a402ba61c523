"""Bodies as they look on the wire, by the name of their schema; a test holds them against it.

A model that has examples of its own needs none here.
"""

from __future__ import annotations

import json
from typing import Any

from ab_gateway.entrypoints.http.admin.examples import ADMIN_BODIES
from ab_gateway.entrypoints.http.examples_library import library_bodies
from ab_gateway.entrypoints.http.examples_self import SELF_BODIES

SESSION_ID = "0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33"
JOB_ID = "5e0c8d1a-2f8b-5c0e-9a53-0d6a3c0b7a11"
TRACK = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MEDIA = "https://media.example.com"
SIGNED = "Expires=1767642615&Signature=abc~&Key-Pair-Id=K2JCJMDEHXQW5F"
TRACK_URL = f"{MEDIA}/tracks/{TRACK}/affirmations.m4a?{SIGNED}"
BROOK_URL = f"{MEDIA}/stems/{TRACK}/Babbling%20Brook.m4a?{SIGNED}"
TONE_URL = f"{MEDIA}/stems/{TRACK}/alpha_10hz_400_3min.m4a?{SIGNED}"
MADE, READY, LATER = (f"2026-01-05T{time}.000Z" for time in ("12:30:10", "12:30:15", "18:30:15"))
LINES = ["I meet my day with calm.", "My breath carries me through every hour."]
ACTIVITY = {
    "segments": [{"startMs": 500, "endMs": 2480}, {"startMs": 3980, "endMs": 6010}],
    "thresholdDb": -35.0,
    "minSilenceMs": 200,
}
DRAFT = {
    "localDraftId": "3f0e7f0a-58a7-4d5f-9b66-0f4c3a3a9c10",
    "title": "Calm morning",
    "goalTag": "anxiety",
    "affirmations": LINES,
    "voiceId": "nova",
}
NEW_SESSION = {
    "schemaVersion": 3,
    "id": SESSION_ID,
    "ownerUserId": "user_2abcDEF",
    "source": "user",
    "title": "Calm morning",
    "goalTag": "anxiety",
    "affirmations": LINES,
    "voiceId": "nova",
    "pace": "slow",
    "frequencyHz": 10.0,
    "brainwaveState": "Alpha",
    "createdAt": MADE,
    "updatedAt": MADE,
}
AUDIO = {"affirmationsMergedUrl": TRACK_URL, "affirmationsHash": TRACK, "generatedAt": READY}
JOB = {
    "id": JOB_ID,
    "type": "affirmations",
    "status": "processing",
    "progress": 0.55,
    "stage": "preparing",
    "sessionId": SESSION_ID,
    "createdAt": MADE,
    "startedAt": MADE,
    "counts": {"reads": 4, "synthesized": 4, "prepared": 2},
    "stageMs": {"queued": 12, "speaking": 2310},
}
BUNDLE = {
    "sessionId": SESSION_ID,
    "affirmationsMergedUrl": TRACK_URL,
    "background": {"urlByPlatform": {"ios": BROOK_URL, "android": BROOK_URL}, "loop": True},
    "binaural": {"urlByPlatform": {"ios": TONE_URL, "android": TONE_URL}, "loop": True, "hz": 10},
    "mix": {"affirmations": 1.0, "binaural": 0.05, "background": 0.3},
    "effectiveAffirmationSpacingMs": 4000,
    "loudness": {"affirmationsLUFS": -20.0, "backgroundLUFS": -32.0, "binauralLUFS": -34.0},
    "voiceActivity": ACTIVITY,
    "expiresAt": LATER,
}
MEASURED = {
    "sessionId": SESSION_ID,
    "affirmationsHash": TRACK,
    "durationMs": 31540,
    "bytes": 758112,
    "sha256": TRACK,
    "loudnessLUFS": -20.0,
    "truePeakDBTP": -1.6,
    "voiceToBedLU": 11.9,
    "engineMode": "spliced",
    "profileVersion": "1",
    "renderMs": 412,
    "voiceActivity": ACTIVITY,
}
CUE = {"line": 1, "read": 1, "text": LINES[0], "startMs": 500, "endMs": 2480}
OF_TRACK = {"sessionId": SESSION_ID, "affirmationsHash": TRACK, "durationMs": 31540}
DAY = {
    "plan": "free",
    "day": "2026-01-05",
    "resetsAt": "2026-01-06T00:00:00.000Z",
    "generations": 1,
    "remainingGenerations": 1,
    "jobs": 1,
    "characters": 128,
    "readsMade": 4,
    "readsReused": 0,
    "renderedSeconds": 31.54,
    "limits": {
        "dailyGenerations": 2,
        "dailyCharacters": 20000,
        "dailyRenderedSeconds": 9007199254740991,
    },
}
ENTITLED = {
    "plan": "free",
    "status": "active",
    "limits": {
        "dailyGenerations": 2,
        "maxSessionLengthSec": 9007199254740991,
        "offlineDownloads": False,
    },
    "canCreateSession": True,
    "canGenerateAudio": True,
    "remainingFreeGenerationsToday": 1,
    "maxSessionLengthSecEffective": 9007199254740991,
}
VOICE = {"id": "nova", "title": "Nova", "description": "Warm and close"}
TONE = {"id": "alpha_10hz_400", "kind": "binaural", "hz": 10.0, "brainwaveState": "Alpha"}

BODIES: dict[str, Any] = {
    "Health": {"ok": True},
    "CredentialsIn": {"email": "ada@example.com", "password": "correct horse battery"},
    "LogoutIn": {"refreshToken": "sess_01J.q3Vb2mN0b3RhcmVhbHRva2Vu", "everywhere": False},
    "RefreshIn": {"refreshToken": "sess_01J.q3Vb2mN0b3RhcmVhbHRva2Vu"},
    "Tokens": {
        "accessToken": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl",
        "refreshToken": "sess_01J.q3Vb2mN0b3RhcmVhbHRva2Vu",
        "expiresIn": 900,
        "tokenType": "Bearer",
    },
    "WishIn": {"sessionType": "sleep", "struggle": "my mind is racing", "goal": "rest at night"},
    "TitleWishIn": {"goal": "rest at night", "goalTag": "sleep"},
    "TitleOut": {"title": "Deep Rest"},
    "AffirmationsOut": {"affirmations": LINES, "reasoning": "Value anchors for sleep."},
    "ProfileIn": {"timezone": "Europe/Berlin"},
    "ProfileOut": {"id": "user_2abcDEF", "timezone": "Europe/Berlin", "createdAt": MADE},
    "EntitlementV3": ENTITLED,
    "UsageOut": DAY,
    "DraftSession": DRAFT,
    "CreatedSessionV3": {**NEW_SESSION, "_audioJobId": JOB_ID},
    "SessionV3": {**NEW_SESSION, "audio": AUDIO, "updatedAt": READY},
    "SessionList": {
        "sessions": [
            {"id": "1c261e4b-7009-482a-928e-5b1b46700c99", "title": "Wake Up"},
            {"id": SESSION_ID, "title": "Calm morning", "goalTag": "anxiety"},
        ],
        "limit": 2,
        "offset": 0,
        "hasMore": True,
        "nextCursor": "q83vASNFZ4mrze8BbzE3Njc2MTYyMTAwMDAwMDA",
    },
    "EnsureAudioOut": {"status": "pending", "jobId": JOB_ID},
    "JobEnvelope": {"job": JOB},
    "BundleEnvelope": {"bundle": BUNDLE},
    "AudioReportOut": MEASURED,
    "CaptionsOut": {**OF_TRACK, "cues": [CUE, {**CUE, "read": 2, "startMs": 3980, "endMs": 6010}]},
    "WaveformOut": {**OF_TRACK, "peaks": [0.0, 0.31, 0.62, 0.2]},
    "VoiceListOut": {"voices": [VOICE]},
    "BackgroundListOut": {
        "backgrounds": [{"id": "Babbling Brook", "title": "Babbling Brook"}],
    },
    "FrequencyListOut": {"frequencies": [TONE]},
    "Received": {"received": True},
    **ADMIN_BODIES,
    **SELF_BODIES,
    **library_bodies(NEW_SESSION, JOB_ID, BUNDLE),
}
# What is no JSON, by its media type.
TEXTS = {
    "text/event-stream": f"id: 7\ndata: {json.dumps({'job': JOB})}\n\n",
    "text/vtt": "WEBVTT\n\n00:00:00.500 --> 00:00:02.480\n" + LINES[0] + "\n",
}
