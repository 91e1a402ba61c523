"""Everybody's sessions and their stored sounds, in the shapes of the admin surface."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ab_shared.contracts import http_admin_sessions as http
from ab_shared.contracts import inspecting, session_desk
from ab_shared.contracts.reconciling import Kind
from ab_shared.errors import ValidationFailed

from ab_gateway.domain import presenting
from ab_gateway.domain.presenting_admin import sane_instant

Looked = Mapping[tuple[Kind, str], inspecting.InspectedObject]


def sessions(page: session_desk.SessionDeskRows) -> http.AdminSessionsOut:
    """A page of sessions."""
    last = page.next_before
    return http.AdminSessionsOut(
        sessions=tuple(session(row) for row in page.sessions),
        next_cursor=None if last is None else _cursor(last),
    )


def session(row: session_desk.SessionDeskRow) -> http.AdminSessionOut:
    """One session."""
    return http.AdminSessionOut(
        id=str(row.session_id),
        owner_user_id=row.owner_user_id,
        source=row.source,
        goal_tag=row.goal_tag,
        state=row.state,
        lines=row.lines,
        voice_id=row.voice_id,
        provider=row.provider,
        track_hash=row.track_address,
        generated_at=row.generated_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_job=presenting.job(row.last_job).job if row.last_job else None,
    )


def before_mark(cursor: str | None) -> session_desk.SessionMark | None:
    """Where a page of sessions begins; ValidationFailed for what was never given out."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        instant, _, last = base64.urlsafe_b64decode(padded).decode("ascii").partition("|")
        at, session_id = datetime.fromisoformat(instant), UUID(last)
    except (ValueError, binascii.Error):
        raise _no_cursor() from None
    if at.tzinfo is None:
        raise _no_cursor()
    created_at = sane_instant(at, "cursor")
    return session_desk.SessionMark(created_at=created_at, session_id=session_id)


def _cursor(mark: session_desk.SessionMark) -> str:
    text = f"{mark.created_at.isoformat()}|{mark.session_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def lines(read: session_desk.SessionLines) -> http.SessionLinesOut:
    """What somebody wrote."""
    return http.SessionLinesOut(id=str(read.session_id), title=read.title, affirmations=read.lines)


def sound(wanted: session_desk.NeededObject, looked: Looked) -> http.ObjectOut:
    """One stored sound: what its maker says, or at least what session believes."""
    seen = looked.get((wanted.kind, wanted.name))
    shared = {"kind": wanted.kind, "name": wanted.name, "role": wanted.role}
    if seen is None:
        return http.ObjectOut(**shared, bytes=wanted.bytes, sha256=wanted.sha256)
    return http.ObjectOut(
        **shared,
        verdict=_agreed(wanted, seen),
        bytes=wanted.bytes or seen.bytes,
        sha256=wanted.sha256 or seen.sha256,
        stored_bytes=seen.stored_bytes,
        stored_sha256=seen.stored_sha256,
        hashed=seen.hashed,
    )


def _agreed(
    wanted: session_desk.NeededObject, seen: inspecting.InspectedObject
) -> inspecting.Verdict:
    """A sound is whole when it is what session tells players, too."""
    if seen.verdict != "ok":
        return seen.verdict
    if wanted.bytes not in {None, seen.stored_bytes}:
        return "wrong_size"
    told = {wanted.sha256, seen.hashed or seen.stored_sha256} - {None}
    return "wrong_hash" if len(told) > 1 else "ok"


def is_broken(sound: http.ObjectOut) -> bool:
    """Whether its maker said that something is wrong with it."""
    return sound.verdict not in {None, "ok"}


def integrity(
    needed: session_desk.NeededObjectList,
    found: Sequence[http.ObjectOut],
    unavailable: Sequence[str],
    read_bytes: int,
) -> http.IntegrityOut:
    """All of a session's sounds; what nobody has looked at is not called whole."""
    heard = [sound for sound in found if sound.role == "plays"]
    return http.IntegrityOut(
        id=str(needed.session_id),
        state=needed.state,
        playable=needed.state == "ready" and all(sound.verdict == "ok" for sound in heard),
        checked=sum(sound.verdict is not None for sound in found),
        broken=sum(is_broken(sound) for sound in found),
        read_bytes=read_bytes,
        truncated=needed.truncated,
        unavailable=tuple(sorted(unavailable)),
        objects=tuple(found),
    )


def _no_cursor() -> ValidationFailed:
    wrong = {"cursor": "is none that was given out here"}
    return ValidationFailed("The cursor is not valid", details=wrong)


def rebuilt(done: session_desk.RebuiltAudio, broken: int) -> http.RebuiltOut:
    """What came of a rebuild."""
    return http.RebuiltOut(
        id=str(done.session_id),
        broken=broken,
        forgotten=done.forgotten,
        job=presenting.job(done.job).job if done.job else None,
    )
