"""The admin surface on the wire: no address of anybody, and nothing that anybody wrote."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from ab_shared.contracts.admin import MAX_USER_ID, Role
from ab_shared.contracts.audit import MAX_REASON, ActorKind
from ab_shared.contracts.http import ApiModel, EntitlementV3, Instant, JobOut, optional
from ab_shared.contracts.http_usage import UsageOut
from ab_shared.contracts.usage import MOST_CORRECTED
from ab_shared.contracts.writing import Email

UserId = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_USER_ID, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=MAX_REASON)]


class AdminMeOut(ApiModel):
    """Who the caller is here, and what they may do, by the names of the table of rights."""

    user_id: str
    role: Role
    may: tuple[str, ...]


class AdminOut(ApiModel):
    """Somebody with a role."""

    user_id: str
    role: Role
    granted_by: str
    granted_at: Instant
    version: int


class AdminsOut(ApiModel):
    """Everybody with a role, longest-serving first."""

    admins: tuple[AdminOut, ...]


class HeldRoleOut(ApiModel):
    """What somebody holds now; no role is left out."""

    user_id: str
    role: Role | None = optional()
    version: int


class GrantIn(ApiModel):
    """Gives a user a role: named by id, or by the address they sign in with."""

    user_id: UserId | None = None
    email: Email | None = Field(default=None, repr=False)
    role: Role
    reason: Why | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> GrantIn:
        if (self.user_id is None) == (self.email is None):
            raise ValueError("name a user by userId or by email")
        return self


class ReasonIn(ApiModel):
    """Why something is done, for the audit trail."""

    reason: Why | None = None


class FindUserIn(ApiModel):
    """The address somebody signs in with; in a body, because addresses of pages are logged."""

    email: Email = Field(repr=False)


class CorrectQuotaIn(ApiModel):
    """Below 0 gives generations of today back, above 0 takes them."""

    amount: int = Field(ge=-MOST_CORRECTED, le=MOST_CORRECTED)
    reason: Why


class AuditEntryOut(ApiModel):
    """One deed; ``before`` and ``after`` hold what it changed."""

    number: int
    at: Instant
    actor: str
    actor_kind: ActorKind
    action: str
    subject: str
    before: dict[str, Any] | None = optional()
    after: dict[str, Any] | None = optional()
    reason: str | None = optional()
    request_id: str | None = optional()


class AuditOut(ApiModel):
    """Entries, newest first; ``nextCursor`` asks for those before them."""

    entries: tuple[AuditEntryOut, ...]
    next_cursor: str | None = optional()


class AdminJobOut(ApiModel):
    """A job as whoever looks after all of them sees it."""

    job: JobOut
    owner_user_id: str | None = optional()
    attempt: int
    revivals: int
    moved_at: Instant


class AdminJobsOut(ApiModel):
    """Jobs, newest first; ``nextCursor`` asks for those before them."""

    jobs: tuple[AdminJobOut, ...]
    next_cursor: str | None = optional()


class LedgerLineOut(ApiModel):
    """One line of a user's ledger; ``amount`` above 0 was spent, below 0 given back."""

    at: Instant
    day: str
    kind: str
    amount: int
    actor: str | None = optional()
    reason: str | None = optional()


class QuotaOut(ApiModel):
    """A user's day; ``balance`` is what the ledger adds up to, ``drift`` what it is off by."""

    usage: UsageOut
    balance: int
    drift: int
    ledger: tuple[LedgerLineOut, ...]


class AdminUserOut(ApiModel):
    """A user as whoever looks after them sees it."""

    user_id: str
    timezone: str
    created_at: Instant
    issuers: tuple[str, ...]
    role: Role | None = optional()
    entitlement: EntitlementV3
    quota: QuotaOut


class PrivacyJobOut(ApiModel):
    """An erasure or an export; ``subject`` is its user, or a hash once nobody is left."""

    job: JobOut
    subject: str
    requested_by: str
    waits_for: tuple[str, ...]
    counts: dict[str, dict[str, int]]
    asked: int


class PrivacyJobsOut(ApiModel):
    """Erasures and exports, newest first; ``nextCursor`` asks for those before them."""

    jobs: tuple[PrivacyJobOut, ...]
    next_cursor: str | None = optional()
