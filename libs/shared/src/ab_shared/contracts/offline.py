"""What somebody keeps offline: for how long, which of it is still theirs, what nobody wants."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Command, Contract, Empty, Request

MOST_KEPT = 500
MOST_DROPPED = 100
OfflineState = Literal["valid", "expired", "revoked"]


class Licence(Contract):
    """Files may be played without asking again until ``expires_at``, grace included.

    ``issued_at`` is the time here: a device whose clock says less has a wrong clock.
    """

    issued_at: datetime
    expires_at: datetime
    grace: bool = False
    """Whether the store is still trying to be paid."""


class KeptSession(Contract):
    """A session that was handed out to be kept.

    ``valid``: plays until the licence ends; ``version`` is that of its files today, None while
    they are not ready. ``expired``: the plan has ended; the files may stay until ``delete_at``,
    unplayed, for a plan that comes back. ``revoked``: they have to go.
    """

    session_id: UUID
    state: OfflineState
    version: str | None = None
    handed_version: str
    handed_at: datetime
    delete_at: datetime | None = None


class OfflineShelf(Contract):
    """Sessions that are kept offline, the last handed out first; no licence without a plan."""

    sessions: tuple[KeptSession, ...]
    licence: Licence | None = None


class ListOffline(Request[OfflineShelf]):
    """Ask what a user keeps, and whether they still may."""

    routing_key: ClassVar[str] = "session.list_offline.v1"
    reply_type: ClassVar[type[Contract]] = OfflineShelf

    user_id: str


class ForgetOffline(Request[Empty]):
    """A device has deleted its files of a session; NotFound when none were handed out."""

    routing_key: ClassVar[str] = "session.forget_offline.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    user_id: str
    session_id: UUID


class DropMixdowns(Command):
    """Delete offline files that nobody has wanted for a while, rows and objects.

    What has been asked for since ``unwanted_since`` is wanted again, and stays.
    """

    routing_key: ClassVar[str] = "stitching.drop_mixdowns.v1"

    mixdowns: tuple[str, ...] = Field(min_length=1, max_length=MOST_DROPPED)
    unwanted_since: datetime
