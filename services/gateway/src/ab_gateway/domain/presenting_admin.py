"""What administrators see, in the shapes of the admin surface."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from ab_shared.contracts import admin, audit, http_admin, job_desk, privacy, rpc, usage
from ab_shared.errors import ValidationFailed

from ab_gateway.domain import presenting
from ab_gateway.domain.presenting_usage import usage_out

# What is longer may fit no bigint: it is no number of ours.
MAX_DIGITS = 18
FIRST_YEAR, LAST_YEAR = 1970, 9000


def admins(found: admin.Admins) -> http_admin.AdminsOut:
    """Everybody with a role."""
    rows = (http_admin.AdminOut.model_validate(one.model_dump()) for one in found.admins)
    return http_admin.AdminsOut(admins=tuple(rows))


def trail(page: audit.AuditPage) -> http_admin.AuditOut:
    """A page of the audit trail."""
    last = page.next_before
    return http_admin.AuditOut(
        entries=tuple(_entry(entry) for entry in page.entries),
        next_cursor=None if last is None else str(last),
    )


def before_number(cursor: str | None) -> int | None:
    """Where a page of the trail begins; ValidationFailed for what was never given out."""
    if cursor is None:
        return None
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > MAX_DIGITS:
        raise _no_cursor()
    return int(cursor)


def jobs(page: job_desk.JobRows) -> http_admin.AdminJobsOut:
    """A page of jobs."""
    rows = tuple(job(row) for row in page.jobs)
    return http_admin.AdminJobsOut(jobs=rows, next_cursor=_cursor(page.next_before))


def privacy_jobs(page: privacy.PrivacyJobRows) -> http_admin.PrivacyJobsOut:
    """A page of erasures and exports."""
    rows = tuple(
        http_admin.PrivacyJobOut(
            job=presenting.job(row.job.snapshot()).job,
            subject=row.subject,
            requested_by=row.requested_by,
            waits_for=row.waits_for,
            counts=row.counts,
            asked=row.asked,
        )
        for row in page.jobs
    )
    return http_admin.PrivacyJobsOut(jobs=rows, next_cursor=_cursor(page.next_before))


def _cursor(last: datetime | None) -> str | None:
    if last is None:
        return None
    return base64.urlsafe_b64encode(last.isoformat().encode()).decode().rstrip("=")


def before_instant(cursor: str | None) -> datetime | None:
    """Where a page of jobs begins; ValidationFailed for what was never given out."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        instant = datetime.fromisoformat(base64.urlsafe_b64decode(padded).decode("ascii"))
    except (ValueError, binascii.Error):
        raise _no_cursor() from None
    if instant.tzinfo is None:
        raise _no_cursor()
    return sane_instant(instant, "cursor")


def sane_instant(instant: datetime, field: str) -> datetime:
    """The same; ValidationFailed for one at the ends of the calendar, which no zone can shift."""
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValidationFailed("This is no time of ours", details={field: "is out of range"})
    return instant


def job(row: job_desk.JobRow) -> http_admin.AdminJobOut:
    """One job."""
    return http_admin.AdminJobOut(
        job=presenting.job(row.job).job,
        owner_user_id=row.owner_user_id,
        attempt=row.attempt,
        revivals=row.revivals,
        moved_at=row.moved_at,
    )


def user(
    found: admin.FoundUser, entitlement: rpc.Entitlement, held: usage.Quota
) -> http_admin.AdminUserOut:
    """A user with plan, day and role."""
    return http_admin.AdminUserOut(
        user_id=found.user_id,
        timezone=found.timezone,
        created_at=found.created_at,
        issuers=found.issuers,
        role=found.role,
        entitlement=presenting.entitlement(entitlement),
        quota=quota(held),
    )


def quota(held: usage.Quota) -> http_admin.QuotaOut:
    """A user's day with the end of its ledger."""
    return http_admin.QuotaOut(
        usage=usage_out(held.usage),
        balance=held.balance,
        drift=held.drift,
        ledger=tuple(_line(line) for line in held.lines),
    )


def _entry(entry: audit.StoredAuditEntry) -> http_admin.AuditEntryOut:
    shared = {"number", "actor", "actor_kind", "action", "subject", "before", "after", "reason"}
    return http_admin.AuditEntryOut(
        **entry.model_dump(include=shared), at=entry.occurred_at, request_id=entry.request_id
    )


def _line(line: usage.LedgerLine) -> http_admin.LedgerLineOut:
    return http_admin.LedgerLineOut(
        at=line.at,
        day=line.day.isoformat(),
        kind=line.kind,
        amount=line.amount,
        actor=line.actor,
        reason=line.reason,
    )


def _no_cursor() -> ValidationFailed:
    wrong = {"cursor": "is none that was given out here"}
    return ValidationFailed("The cursor is not valid", details=wrong)
