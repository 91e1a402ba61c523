"""What is held of one person, asked for and told: each service tells its own page by page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.media import AssetRef

EXPORT_PAGE = 100
# No part begins with a dot: whoever unpacks an archive stays below its folder.
FILE_PATH = r"^[A-Za-z0-9][A-Za-z0-9 ._-]*(/[A-Za-z0-9][A-Za-z0-9 ._-]*)*$"
_BETWEEN = "|"


class ExportedRecord(Contract):
    """Something held of a user; records of one ``kind`` come together and make one JSON file.

    ``data`` is JSON as it is written into the archive.
    """

    kind: str = Field(pattern=r"^[a-z][a-z-]{0,39}$")
    data: dict[str, Any]


class ExportedFile(Contract):
    """Sound to be put into the archive as ``name``, a path of its own making below ``audio/``."""

    name: str = Field(pattern=FILE_PATH, max_length=200)
    asset: AssetRef


class ExportPage(Contract):
    """``next``: ask again with it as ``after``; None after the last page."""

    records: tuple[ExportedRecord, ...] = ()
    files: tuple[ExportedFile, ...] = ()
    next: str | None = None


class Held(Contract):
    """One row as its service hands it over; ``key`` says where its kind goes on after it."""

    key: str
    data: dict[str, Any]
    files: tuple[ExportedFile, ...] = ()


def place_of(after: str, kinds: Sequence[str]) -> tuple[str, str]:
    """The kind a page begins in, and the key it begins behind; a place nobody gave is the start."""
    kind, _, key = after.partition(_BETWEEN)
    return (kind, key) if kind in kinds else (kinds[0], "")


def page_of(kinds: Sequence[str], kind: str, held: Sequence[Held], limit: int) -> ExportPage:
    """A page of one kind, with where the next one begins: in this kind, or in the next."""
    following = kinds[kinds.index(kind) + 1 :]
    after = None
    if len(held) >= limit:
        after = f"{kind}{_BETWEEN}{held[-1].key}"
    elif following:
        after = f"{following[0]}{_BETWEEN}"
    return ExportPage(
        records=tuple(ExportedRecord(kind=kind, data=row.data) for row in held),
        files=tuple(file for row in held for file in row.files),
        next=after,
    )


class ExportUser(Request[ExportPage]):
    """Tell everything held of this user, and of nobody else; an unknown user is an empty page."""

    reply_type: ClassVar[type[Contract]] = ExportPage

    user_id: str = Field(min_length=1, max_length=256)
    after: str = Field(default="", max_length=200)
    limit: int = Field(default=EXPORT_PAGE, ge=1, le=EXPORT_PAGE)


class ExportSessions(ExportUser):
    """Sessions with their lines, jobs, offline files."""

    routing_key: ClassVar[str] = "session.export_user.v1"


class ExportEntitlement(ExportUser):
    """Plan, ledger, costs of jobs, purchases."""

    routing_key: ClassVar[str] = "entitlement.export_user.v1"


class Archive(Contract):
    """A finished archive; ``expires_at`` is when it is swept."""

    key: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    expires_at: datetime


class ExportState(Contract):
    """The one live export of a user, or the newest finished one with its archive."""

    job_id: UUID
    archive: Archive | None = None


class RequestExport(Request[ExportState]):
    """Make sure there is an archive of everything held of a user, or a live job for it.

    ``fresh`` asks for a new one although there is one; at most one a day is made. RateLimited
    shortly after one that failed.
    """

    routing_key: ClassVar[str] = "auth.request_export.v1"
    reply_type: ClassVar[type[Contract]] = ExportState

    user_id: str = Field(min_length=1, max_length=256)
    issuer: str
    fresh: bool = False
    issued_at: AwareDatetime | None = None
    """As in ``auth.get_profile``."""
