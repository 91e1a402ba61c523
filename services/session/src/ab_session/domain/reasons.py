"""What a job's owner reads when it fails: which line, and why, in plain words."""

from __future__ import annotations

MAX_LENGTH = 200
STEM_FAILED = "A background sound could not be made"
TRACK_FAILED = "The track could not be put together"
MIXDOWN_FAILED = "The offline file could not be made"
TOO_LONG = "The audio took too long to make"
CHANGED = "The session was changed meanwhile"
NOT_APPROVED = "A line of this session was not approved for being read aloud"
UNSPEAKABLE = "this line could not be spoken"
# The installed app takes a failure for a lost network when it finds this word in it.
MISREAD = "connection"


def line_failed(line: int, message: str) -> str:
    """A failure of one line, counted from 1."""
    clear = " ".join(message.split())
    if not clear or MISREAD in clear.lower():
        clear = UNSPEAKABLE
    return f"Line {line}: {clear}"[:MAX_LENGTH]


def mixdown_failed(message: str) -> str:
    """A failure of an offline file."""
    clear = " ".join(message.split())
    if not clear or MISREAD in clear.lower():
        return MIXDOWN_FAILED
    return f"{MIXDOWN_FAILED}: {clear}"[:MAX_LENGTH]
