"""What Clerk's webhooks say, and the little of it that is needed here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ab_shared.contracts.identity_events import StoreIdentityEvent

from ab_gateway.domain.identity import Issuer

# Whatever else Clerk tells of is believed, answered and forgotten.
USER_EVENTS = frozenset({"user.created", "user.updated", "user.deleted"})
SESSION_EVENTS = frozenset({"session.revoked", "session.ended", "session.removed"})


def news_in(event_id: str, document: Any, issuer: Issuer) -> StoreIdentityEvent | None:
    """The event without anything personal, or None for a type that means nothing here.

    Names, addresses and pictures go no further: only ids, the instant of the change and whether
    the user is banned are passed on.

    Raises:
        ValueError, TypeError, KeyError, Unauthorized, pydantic.ValidationError: it is no event.
    """
    kind, data = document["type"], document["data"]
    if kind in USER_EVENTS:
        subject, session_id = data["id"], None
    elif kind in SESSION_EVENTS:
        subject, session_id = data["user_id"], data["id"]
    elif isinstance(kind, str):
        return None
    else:
        raise TypeError("the type is none")
    if not isinstance(subject, str):
        raise TypeError("names nobody")
    return StoreIdentityEvent(
        event_id=event_id,
        event_type=kind,
        issuer=issuer.issuer,
        subject=subject,
        user_id=issuer.user_id_of(subject),
        # A deletion carries nothing but an id: then the event's own instant orders it.
        changed_at=_instant(data.get("updated_at", document.get("timestamp"))),
        session_id=session_id,
        banned=data.get("banned") is True,
    )


def _instant(millis: object) -> datetime:
    if not isinstance(millis, int) or isinstance(millis, bool):
        raise TypeError("an instant is a number of milliseconds")
    try:
        return datetime.fromtimestamp(millis / 1000, UTC)
    except (OverflowError, OSError):
        raise ValueError("no such instant") from None
