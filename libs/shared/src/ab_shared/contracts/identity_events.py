"""What another issuer, such as Clerk, makes known of its users: by tokens, webhooks and lists.

No names, addresses, telephone numbers or pictures are in any of these: nothing here needs them.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_TEXT
from ab_shared.contracts.base import Command, Contract, Request

MAX_ID_LENGTH = 255
MOST_MET = 100
# No control characters: an id that holds a NUL could not be kept by any database.
OutsideId = Annotated[
    str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class MetUser(Contract):
    """Whom a good token named; ``issued_at`` is its ``iat``."""

    issuer: OutsideId
    subject: OutsideId
    user_id: OutsideId
    issued_at: AwareDatetime


class MeetUser(MetUser, Command):
    """A good token named a user whom the gateway does not remember: make them if they are new.

    Sent once in a while for each user and process, and harmless to repeat. A token from
    before an erasure brings nobody back.
    """

    routing_key: ClassVar[str] = "auth.meet_user.v1"


class MeetUsers(Command):
    """As ``MeetUser`` for several whose tokens came at once."""

    routing_key: ClassVar[str] = "auth.meet_users.v1"

    users: tuple[MetUser, ...] = Field(min_length=1, max_length=MOST_MET)


class StoredIdentityEvent(Contract):
    """The event is taken for good; ``new`` is False where it had been before."""

    new: bool


class StoreIdentityEvent(Request[StoredIdentityEvent]):
    """Take one event of an issuer; its id makes doing so again harmless.

    Whoever asks has verified that the issuer said so; the answer means: committed. ``changed_at``
    is when the user was changed there, which orders events that overtake each other.
    """

    routing_key: ClassVar[str] = "auth.store_identity_event.v1"
    reply_type: ClassVar[type[Contract]] = StoredIdentityEvent

    event_id: OutsideId
    event_type: OutsideId
    issuer: OutsideId
    subject: OutsideId
    user_id: OutsideId
    changed_at: AwareDatetime
    session_id: OutsideId | None = None
    banned: bool = False


class Reconciliation(Contract):
    """The latest comparison with an issuer's list of users.

    ``refused``: more users were missing there than can be true, and nobody was erased. ``failed``:
    the issuer could not be asked; the next try goes on where this one stopped.
    """

    state: Literal["off", "never", "wanted", "running", "finished", "refused", "failed"]
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    listed: int = 0
    made: int = 0
    missing: int = 0
    gone: int = 0
    reason: str | None = None


class ReconcileIdentities(Request[Reconciliation]):
    """Compare our users with the issuer's soon, or only say how the latest comparison went.

    ``most_missing_percent`` lets a person vouch for more missing users than is believed otherwise.
    """

    routing_key: ClassVar[str] = "auth.reconcile_identities.v1"
    reply_type: ClassVar[type[Contract]] = Reconciliation

    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    start: bool = True
    most_missing_percent: int | None = Field(default=None, ge=0, le=100)
