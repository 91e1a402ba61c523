"""Roles of administrators: how one changes, and that somebody always holds the highest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ab_shared.contracts.admin import Role
from ab_shared.errors import Conflict


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody holds; who held a role once keeps a standing without one.

    ``version`` begins with the seconds of the clock: an erasure takes the row along, and whoever is
    granted a role afterwards has a later one than gateways have heard of.
    """

    user_id: str
    role: Role | None
    granted_by: str
    granted_at: datetime
    version: int

    def changed(self, role: Role | None, by: str, at: datetime) -> Standing:
        """The same person with another role, or with none."""
        return replace(self, role=role, granted_by=by, granted_at=at, version=self.version + 1)


def keep_an_admin(holders: Iterable[str], user_id: str, role: Role | None) -> None:
    """Conflict when ``user_id`` is the last of ``holders`` of ADMIN and would hold it no more."""
    if role is not Role.ADMIN and set(holders) == {user_id}:
        raise Conflict("This is the last administrator: make another one first")
