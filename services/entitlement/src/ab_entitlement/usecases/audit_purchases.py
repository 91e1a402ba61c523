"""What operators did with purchases, for the audit trail."""

from __future__ import annotations

from ab_shared.contracts.audit import AuditRecorded, Details
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.context import current


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
    try:
        return AuditRecorded(
            actor=actor,
            actor_kind="operator",
            action=action,
            subject=subject,
            before=before,
            after=after,
            reason=reason,
            request_id=current().request_id,
        )
    except ValueError:
        # What was typed stays out of the answer: it may hold what must not be repeated.
        raise ValidationFailed("Name people by their id: no e-mail addresses here") from None
