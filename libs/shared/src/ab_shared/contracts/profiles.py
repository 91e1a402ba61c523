"""What people may change about themselves, and the news of it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime, Field

from ab_shared.contracts.base import Contract, Event, Request
from ab_shared.contracts.rpc import Profile


class UpdateProfile(Request[Profile]):
    """Change a user's profile; what is None stays. The same change again changes nothing.

    A zone that the machine's zone database does not have is refused with ValidationFailed.
    """

    routing_key: ClassVar[str] = "auth.update_profile.v1"
    reply_type: ClassVar[type[Contract]] = Profile

    user_id: str
    issuer: str
    timezone: str | None = None
    issued_at: AwareDatetime | None = None
    """As in ``auth.get_profile``."""


class ZoneKept(Contract):
    """Session counts their hours and days in this zone or a newer one from now on."""


class KeepZone(Request[ZoneKept]):
    """What ``UserUpdated`` tells, asked before a user is answered: their next read sees it.

    As with the event, the highest ``version`` wins, however often and late it comes.
    """

    routing_key: ClassVar[str] = "session.keep_zone.v1"
    reply_type: ClassVar[type[Contract]] = ZoneKept

    user_id: str
    timezone: str
    version: int = Field(ge=1)


class UserUpdated(Event):
    """A profile is another one; ``version`` grows with each change, so late news is known as such.

    Tells nothing but what other services work with.
    """

    routing_key: ClassVar[str] = "auth.user_updated.v1"

    user_id: str
    timezone: str
    version: int = Field(ge=1)
    updated_at: datetime
