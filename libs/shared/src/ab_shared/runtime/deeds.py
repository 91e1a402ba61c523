"""Entries for the audit trail, made where a deed is done and sent in its transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from ab_shared.contracts.audit import ActorKind, AuditRecorded, Details
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.context import current


def audited(
    action: str,
    subject: str,
    actor: str,
    actor_kind: ActorKind,
    *,
    before: Details | None = None,
    after: Details | None = None,
    reason: str | None = None,
    occurred_at: datetime | None = None,
) -> AuditRecorded:
    """An entry with the present request's id.

    Raises:
        ValidationFailed: it holds an e-mail address, or something that is too long to keep.
    """
    when: dict[str, Any] = {} if occurred_at is None else {"occurred_at": occurred_at}
    try:
        return AuditRecorded(
            actor=actor,
            actor_kind=actor_kind,
            action=action,
            subject=subject,
            before=before,
            after=after,
            reason=reason,
            request_id=current().request_id,
            **when,
        )
    except ValidationError:
        # What was typed stays out of the answer: it may hold what must not be repeated.
        raise ValidationFailed("Name people by their id: no e-mail addresses here") from None
