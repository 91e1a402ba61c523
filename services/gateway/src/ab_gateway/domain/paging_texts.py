"""Where a page of texts begins, as it travels in a cursor."""

from __future__ import annotations

import base64
import binascii

from ab_shared.errors import ValidationFailed

MAX_PLACE = 100


def cursor_of(place: str | None) -> str | None:
    """What stands for a place of session's; None at the end."""
    return None if place is None else base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> str | None:
    """The place again; ValidationFailed for what was never given out."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = base64.urlsafe_b64decode(padded).decode("ascii")
    except (ValueError, binascii.Error):
        place = ""
    if not place or len(place) > MAX_PLACE or not place.isprintable():
        wrong = {"cursor": "is none that was given out here"}
        raise ValidationFailed("The cursor is not valid", details=wrong)
    return place
