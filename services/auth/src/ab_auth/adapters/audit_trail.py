"""The audit trail in Postgres: rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ab_shared.contracts.audit import AuditEntry, ListAudit, StoredAuditEntry
from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.privacy_tables import PrivacyJobRow
from ab_auth.adapters.tables import METADATA, AuditRow, UserRow

# Shared by all who add; the first batch of an erasure's search takes it alone.
HOLD_TRAIL = text("SELECT pg_advisory_xact_lock_shared(7061726604)")
JOB = METADATA.tables[str(PrivacyJobRow.__tablename__)]
COLUMNS = [col(getattr(AuditRow, name)) for name in StoredAuditEntry.model_fields]


class PostgresTrail(PostgresUnitOfWork):
    """Implements ``Trail``."""

    async def erased_of(self, proofs: Mapping[str, str], at: datetime) -> Collection[str]:
        """By the index of proofs; an erasure that begins meanwhile waits for this transaction."""
        await self._connection.execute(HOLD_TRAIL)
        query = (
            select(
                JOB.c.proof, func.bool_or(JOB.c.finished_at.is_(None) | (JOB.c.finished_at >= at))
            )
            .where(JOB.c.kind == "erasure", JOB.c.proof.in_(list(proofs)))
            .group_by(JOB.c.proof)
        )
        rows = (await self._connection.execute(query)).all()
        found = {row[0]: row[1] for row in rows}
        if not found:
            return ()
        ids = [proofs[proof] for proof in found]
        back = select(col(UserRow.id)).where(col(UserRow.id).in_(ids))
        here = set((await self._connection.execute(back)).scalars())
        return [proof for proof, meant in found.items() if meant or proofs[proof] not in here]

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
