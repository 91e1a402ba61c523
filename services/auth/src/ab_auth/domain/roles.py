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

    ``version`` never starts again, or a late message could bring an old role back.
    """

    user_id: str
    role: Role | None
    granted_by: str
    granted_at: datetime
    version: int = 1

    def changed(self, role: Role | None, by: str, at: datetime) -> Standing:
        """The same person with another role, or with none."""
        return replace(self, role=role, granted_by=by, granted_at=at, version=self.version + 1)


def keep_an_admin(holders: Iterable[str], user_id: str, role: Role | None) -> None:
    """Conflict when ``user_id`` is the last of ``holders`` of ADMIN and would hold it no more."""
    if role is not Role.ADMIN and set(holders) == {user_id}:
        raise Conflict("This is the last administrator: make another one first")
