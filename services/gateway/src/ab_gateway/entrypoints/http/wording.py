"""What a body says of a wrong field: plain words, without sizes, input or status codes.

The installed app looks for status codes and for words in the body of a failure, and takes what it
finds for the kind of failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ab_shared.errors import AbError

MISREAD = re.compile(r"connection|[45]\d\d", re.IGNORECASE)
# A request id is made of letters; these it may not spell by accident or on purpose.
MISREAD_IDS = re.compile(
    r"connection|network|offline|time(d)?out|fetch|unauthori[sz]ed|forbidden|conflict|expired",
    re.IGNORECASE,
)
MAX_COMPLAINTS = 20
SHOWN_INDEXES = 100
NOT_VALID = "is not valid"
TOO_SMALL, TOO_LARGE = "is too small", "is too large"
# Kinds of pydantic's errors, https://docs.pydantic.dev/latest/errors/validation_errors/
MEANINGS = {
    "missing": "is missing",
    "json_invalid": "must be valid JSON",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode",
    "string_too_long": "has too many characters",
    "string_too_short": "has too few characters",
    "list_type": "must be a list",
    "too_long": "has too many items",
    "too_short": "has too few items",
    "model_type": "must be an object",
    "enum": "is none of the known values",
    "literal_error": "is none of the known values",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than": TOO_SMALL,
    "greater_than_equal": TOO_SMALL,
    "less_than": TOO_LARGE,
    "less_than_equal": TOO_LARGE,
}
OWN_WORDS = "Value error, "


def is_safe(text: str) -> bool:
    """Whether the app finds nothing in a text that it would take for something else."""
    return not MISREAD.search(text)


def is_safe_id(request_id: str) -> bool:
    """Whether a request id of letters may stand in a body."""
    return not MISREAD_IDS.search(request_id)


def complaints(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Path of a field → what is wrong with it, for the first twenty rows of pydantic's."""
    first = [row for row, _ in zip(rows, range(MAX_COMPLAINTS), strict=False)]
    return {_path(row["loc"]): _meaning(row["type"], row["msg"]) for row in first}


def details_of(error: AbError) -> dict[str, str]:
    """What an error says of single fields, in the one shape that bodies have.

    Services name a field beside their message, or each field with its own words; amounts stay here.
    """
    told = dict(error.details)
    field = told.pop("field", None)
    if isinstance(field, str):
        told.setdefault(field, error.message)
    return {
        _indexed(name): text if is_safe(text) else NOT_VALID
        for name, text in told.items()
        if isinstance(text, str)
    }


def _meaning(kind: str, message: str) -> str:
    if message.startswith(OWN_WORDS):
        return message.removeprefix(OWN_WORDS)
    return MEANINGS.get(kind, NOT_VALID)


def _path(location: Iterable[int | str]) -> str:
    return _indexed(".".join(str(part) for part in location)) or "body"


def _indexed(path: str) -> str:
    """``lines.3.text`` → ``lines[3].text``; an index that could be a status is not told."""
    return re.sub(r"\.(\d+)(?=\.|\[|$)", lambda found: f"[{_index(found[1])}]", path)


def _index(digits: str) -> str:
    return digits if int(digits) < SHOWN_INDEXES else "…"
