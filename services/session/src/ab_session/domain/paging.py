"""Where a page of sessions ends, and the cursor that says so to the next request."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from ab_shared.errors import ValidationFailed

from ab_session.domain.brain_layer import goal_slug

SEAL_BYTES = 12
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OWN = "o"
CATALOGUE = "c"
# Combining marks: what is left of an accent when its letter has been taken apart.
ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in the order of the list; ``position`` is None for one of the user's own."""

    position: int | None
    created_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of a list and its place."""

    id: UUID
    title: str
    goal_tag: str | None
    place: Place
    favourite: bool = False


@dataclass(frozen=True, slots=True)
class Sought:
    """Which sessions are listed: ``text`` is folded, ``goal`` a slug; None for any."""

    text: str | None = None
    goal: str | None = None
    favourites: bool = False

    def matches(self, title: str, goal_tag: str | None, *, favourite: bool) -> bool:
        """Whether a session is one of them."""
        return (
            (self.text is None or self.text in folded(title))
            and (self.goal is None or self.goal == goal_slug(goal_tag))
            and (favourite or not self.favourites)
        )


ANYTHING = Sought()


def sought_in(title: str | None, goal: str | None, *, favourites: bool) -> Sought:
    """What somebody searches for; blanks alone search for nothing."""
    text = folded(title or "").strip()
    return Sought(text or None, goal_slug(goal) or None, favourites)


def folded(text: str) -> str:
    """A text as it is compared: without accents, in lower case, ligatures and widths undone."""
    return ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()


def cursor_behind(place: Place, user_id: str | None, key: bytes) -> str:
    """Names a place to whoever was shown the row there; sealed for this user (HMAC-SHA256)."""
    if place.position is None:
        # Whole microseconds, as the database keeps them: a float would lose the last one.
        text = f"{OWN}{(place.created_at - EPOCH) // MICROSECOND}.{place.id.hex}"
    else:
        text = f"{CATALOGUE}{place.position}.{place.id.hex}"
    sealed = _seal(text, user_id, key) + text.encode()
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def place_of(cursor: str, user_id: str | None, key: bytes) -> Place:
    """The place that a cursor names.

    Raises:
        ValidationFailed: nobody was given this cursor, or somebody else was.
    """
    refused = ValidationFailed("This cursor is not valid", details={"field": "cursor"})
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        text = sealed[SEAL_BYTES:].decode("ascii")
    except (binascii.Error, ValueError):
        raise refused from None
    # Before it is read: what stands in an unsealed one is anybody's invention.
    if not hmac.compare_digest(sealed[:SEAL_BYTES], _seal(text, user_id, key)):
        raise refused
    number, _, row = text[1:].partition(".")
    if text[0] == OWN:
        return Place(None, EPOCH + int(number) * MICROSECOND, UUID(row))
    return Place(int(number), EPOCH, UUID(row))


def _seal(text: str, user_id: str | None, key: bytes) -> bytes:
    told = f"session list cursor\0{user_id or ''}\0{text}"
    return hmac.digest(key, told.encode(), sha256)[:SEAL_BYTES]
