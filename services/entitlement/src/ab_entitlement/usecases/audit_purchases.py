"""What operators did with purchases, for the audit trail."""

from __future__ import annotations

from ab_shared.contracts.audit import AuditRecorded, Details
from ab_shared.runtime import deeds


def audited(
    action: str,
    subject: str,
    actor: str,
    *,
    before: Details | None = None,
    after: Details | None = None,
    reason: str | None = None,
) -> AuditRecorded:
    """An entry; ValidationFailed for one that holds an e-mail address."""
    return deeds.audited(
        action, subject, actor, "operator", before=before, after=after, reason=reason
    )
