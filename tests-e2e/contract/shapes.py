"""The shapes of the wire as the product page has them, written down once more and by hand.

A field is a name and a check; a name that ends in ``?`` may be left out. None of them is null
unless its check is ``nullable``. What is not named here must not be there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]
Shape = dict[str, Check]
UUID_SHAPE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UNLIMITED = 9007199254740991


def text(value: Any) -> bool:
    """Some text."""
    return isinstance(value, str)


def uuid(value: Any) -> bool:
    """UUID-shaped, not of a certain variant."""
    return isinstance(value, str) and bool(UUID_SHAPE.fullmatch(value))


def instant(value: Any) -> bool:
    """ISO 8601 in UTC with Z."""
    return isinstance(value, str) and bool(INSTANT.fullmatch(value))


def url(value: Any) -> bool:
    """An absolute URL."""
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def whole(value: Any) -> bool:
    """A whole number the app can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= UNLIMITED


def number(value: Any) -> bool:
    """Any number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def share(value: Any) -> bool:
    """0 to 1."""
    return number(value) and 0 <= value <= 1


def flag(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def marked(value: Any) -> bool:
    """True; where it is not so it is left out."""
    return value is True


def one_of(*values: Any) -> Check:
    """One of some values."""
    return lambda value: value in values and not isinstance(value, bool)


def nullable(check: Check) -> Check:
    """Or null."""
    return lambda value: value is None or check(value)


def each(check: Check, least: int = 0) -> Check:
    """A list of these."""
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def exactly(wanted: Any) -> Check:
    """This and nothing else."""
    return lambda value: bool(value == wanted)


def of(shape: Shape) -> Check:
    """An object of this shape."""
    return lambda value: not faults(value, shape)


def faults(value: Any, shape: Shape) -> list[str]:
    """What of a value is not of a shape."""
    if not isinstance(value, dict):
        return ["is no object"]
    names = {name.rstrip("?"): name for name in shape}
    found = [f"{name} is not told of" for name in value if name not in names]
    for name, spelled in names.items():
        if name not in value:
            found += [] if spelled.endswith("?") else [f"{name} is missing"]
        elif not shape[spelled](value[name]):
            found.append(f"{name} is {value[name]!r}")
    return found


PROFILE: Shape = {"id": text, "timezone": text, "createdAt": instant}
LIMITS: Shape = {"dailyGenerations": whole, "maxSessionLengthSec": whole, "offlineDownloads": flag}
ENTITLEMENT: Shape = {
    "plan": one_of("free", "pro"),
    "status": one_of("active", "grace", "expired", "unknown"),
    "renewsAt?": instant,
    "source?": one_of("apple", "google", "stripe", "internal", "revenuecat"),
    "limits": of(LIMITS),
    "canCreateSession": flag,
    "canGenerateAudio": flag,
    "remainingFreeGenerationsToday": whole,
    "maxSessionLengthSecEffective": whole,
}
AUDIO: Shape = {"affirmationsMergedUrl": url, "affirmationsHash": text, "generatedAt": instant}
SESSION: Shape = {
    "schemaVersion": exactly(3),
    "id": uuid,
    "ownerUserId": nullable(text),
    "source": one_of("catalog", "user", "generated"),
    "title": text,
    "goalTag?": text,
    "affirmations": each(text, 1),
    "voiceId": text,
    "pace": exactly("slow"),
    "frequencyHz?": number,
    "brainwaveState?": one_of("Delta", "Theta", "Alpha", "SMR", "Beta"),
    "solfeggioHz?": number,
    "audio?": of(AUDIO),
    "createdAt": instant,
    "updatedAt": instant,
}
CREATED: Shape = {**SESSION, "_audioJobId": uuid}
ROW: Shape = {"id": uuid, "title": text, "goalTag?": text, "favourite?": marked}
LIST: Shape = {
    "sessions": each(of(ROW)),
    "limit": whole,
    "offset": whole,
    "hasMore": flag,
    "nextCursor?": text,
}


def counts(value: Any) -> bool:
    """Names with whole numbers."""
    return isinstance(value, dict) and all(map(whole, value.values()))


JOB: Shape = {
    "id": uuid,
    "type": text,
    "status": one_of("pending", "processing", "completed", "failed"),
    "progress": share,
    "stage": text,
    "error?": text,
    "sessionId": uuid,
    "createdAt": instant,
    "startedAt?": instant,
    "finishedAt?": instant,
    # Beyond the product page: what the demo and operators look at.
    "counts": counts,
    "stageMs": counts,
}
PLATFORMS: Shape = {"ios": url, "android": url}
LAYER: Shape = {"urlByPlatform": of(PLATFORMS), "loop": exactly(wanted=True)}
TONE: Shape = {**LAYER, "hz": lambda value: number(value) and value >= 1}
BUNDLE: Shape = {
    "sessionId": uuid,
    "affirmationsMergedUrl": url,
    "background": of(LAYER),
    "binaural?": of(TONE),
    "solfeggio?": of(TONE),
    "mix": of({"affirmations": share, "binaural": share, "background": share}),
    "effectiveAffirmationSpacingMs": exactly(4000),
    "loudness?": of(
        {
            "affirmationsLUFS": number,
            "backgroundLUFS": number,
            "binauralLUFS?": number,
            "solfeggioLUFS?": number,
        }
    ),
    "voiceActivity?": of(
        {
            "segments": each(of({"startMs": whole, "endMs": whole})),
            "thresholdDb": number,
            "minSilenceMs": whole,
        }
    ),
    "expiresAt": instant,
}
ERROR: Shape = {
    "code": lambda value: text(value) and value.replace("_", "").isupper(),
    "message": lambda value: text(value) and "connection" not in value.lower(),
    "details?": lambda value: isinstance(value, dict) and bool(value),
    "requestId": lambda value: text(value) and value.isascii() and value.isalpha(),
}
TOKENS: Shape = {
    "accessToken": text,
    "refreshToken": text,
    "expiresIn": whole,
    "tokenType": exactly("Bearer"),
}
FILE: Shape = {
    "assetId": text,
    "role": text,
    "url": url,
    "expiresAt": instant,
    "bytes": whole,
    "sha256": text,
    "contentType": text,
    "durationMs": whole,
}
