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
    ERASE_USERS = "users.erase"
    REVOKE_TOKENS = "tokens.revoke"
    READ_SESSIONS = "sessions.read"
    READ_LINES = "sessions.lines"
    REBUILD_AUDIO = "sessions.rebuild"
    DELETE_SESSIONS = "sessions.delete"
    READ_STATS = "stats.read"
    READ_ANALYTICS = "analytics.read"
    ROLL_UP = "analytics.roll_up"
    READ_PROMPTS = "prompts.read"
    CHANGE_PROMPTS = "prompts.change"
    READ_TEXTS = "moderation.read"
    DECIDE_TEXTS = "moderation.decide"


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
        Action.ERASE_USERS: _ADMIN,
        Action.REVOKE_TOKENS: _HELPERS,
        Action.READ_SESSIONS: _ALL,
        # Neither running the stack nor helping listeners takes anybody's sentences.
        Action.READ_LINES: _ADMIN,
        Action.REBUILD_AUDIO: _RUNNERS,
        Action.DELETE_SESSIONS: _RUNNERS,
        Action.READ_STATS: _ALL,
        Action.READ_ANALYTICS: _WATCHERS,
        Action.ROLL_UP: _RUNNERS,
        Action.READ_PROMPTS: _WATCHERS,
        Action.CHANGE_PROMPTS: _RUNNERS,
        # Who decides reads what listeners wrote besides; the others see only that it waits.
        Action.READ_TEXTS: _ALL,
        Action.DECIDE_TEXTS: _RUNNERS,
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
