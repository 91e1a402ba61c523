"""The audit trail in Postgres: rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.audit import AuditEntry, ListAudit, StoredAuditEntry
from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.tables import AuditRow

COLUMNS = [col(getattr(AuditRow, name)) for name in StoredAuditEntry.model_fields]


class PostgresTrail(PostgresUnitOfWork):
    """Implements ``Trail``."""

    async def add_entry(self, message_id: str, correlation_id: str, entry: AuditEntry) -> bool:
        """Writes an entry unless that message has been written; whether it was."""
        values = {**entry.model_dump(), "id": message_id, "correlation_id": correlation_id}
        # The trail is its own inbox: marks there are forgotten after a while, entries never.
        statement = insert(AuditRow).values(values).on_conflict_do_nothing()
        return (await self._connection.execute(statement)).rowcount == 1

    async def entries(self, wanted: ListAudit) -> Sequence[StoredAuditEntry]:
        """Those wanted, newest first, one more than ``wanted.limit`` where there are more."""
        query = select(*COLUMNS).where(*_conditions(wanted))
        newest = query.order_by(col(AuditRow.number).desc()).limit(wanted.limit + 1)
        rows = (await self._connection.execute(newest)).mappings()
        return [StoredAuditEntry.model_validate(dict(row)) for row in rows]


def _conditions(wanted: ListAudit) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.before is not None:
        found.append(col(AuditRow.number) < wanted.before)
    if wanted.actor is not None:
        found.append(col(AuditRow.actor) == wanted.actor)
    if wanted.subject is not None:
        found.append(col(AuditRow.subject) == wanted.subject)
    if wanted.action is not None:
        found.append(col(AuditRow.action).startswith(wanted.action, autoescape=True))
    if wanted.since is not None:
        found.append(col(AuditRow.occurred_at) >= wanted.since)
    return found
