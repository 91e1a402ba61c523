"""The table of rights: which role may do what on the admin surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from ab_shared.contracts.admin import Role


class Action(StrEnum):
    """Everything that can be done on the admin surface."""

    WHO_AM_I = "me.read"
    READ_ADMINS = "admins.read"
    CHANGE_ADMINS = "admins.change"
    READ_AUDIT = "audit.read"
    READ_USERS = "users.read"
    CORRECT_QUOTA = "quota.correct"
    READ_JOBS = "jobs.read"
    RETRY_JOBS = "jobs.retry"
    REQUEUE_JOBS = "jobs.requeue"
    CANCEL_JOBS = "jobs.cancel"
    READ_PRIVACY = "privacy_jobs.read"
    RETRY_PRIVACY = "privacy_jobs.retry"
    READ_PROMPTS = "prompts.read"
    CHANGE_PROMPTS = "prompts.change"


_ALL = frozenset(Role)
_ADMIN = frozenset({Role.ADMIN})
_RUNNERS = frozenset({Role.ADMIN, Role.OPERATOR})
_HELPERS = frozenset({Role.ADMIN, Role.OPERATOR, Role.SUPPORT})
_WATCHERS = frozenset({Role.ADMIN, Role.OPERATOR, Role.READ_ONLY})

# READ_ONLY sees everything and changes nothing. SUPPORT looks after listeners and sees nothing of
# colleagues. OPERATOR runs the stack. ADMIN alone makes administrators.
RIGHTS: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.WHO_AM_I: _ALL,
        Action.READ_ADMINS: _WATCHERS,
        Action.CHANGE_ADMINS: _ADMIN,
        Action.READ_AUDIT: _WATCHERS,
        Action.READ_USERS: _ALL,
        Action.CORRECT_QUOTA: _HELPERS,
        Action.READ_JOBS: _ALL,
        Action.RETRY_JOBS: _HELPERS,
        Action.REQUEUE_JOBS: _RUNNERS,
        Action.CANCEL_JOBS: _RUNNERS,
        Action.READ_PRIVACY: _ALL,
        Action.RETRY_PRIVACY: _RUNNERS,
        Action.READ_PROMPTS: _WATCHERS,
        Action.CHANGE_PROMPTS: _RUNNERS,
    }
)


@dataclass(frozen=True, slots=True)
class Administrator:
    """A caller whose role allows what they are about to do."""

    user_id: str
    role: Role

    @property
    def may(self) -> tuple[Action, ...]:
        """Everything their role allows."""
        return tuple(action for action in Action if self.role in RIGHTS[action])


def allows(role: Role | None, action: Action) -> bool:
    """Whether the table gives this right to a role; nobody without one has any."""
    return role is not None and role in RIGHTS[action]
