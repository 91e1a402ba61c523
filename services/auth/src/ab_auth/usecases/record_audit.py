"""Keeps an entry of the audit trail, once, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import InvalidMessage
from ab_shared.runtime.context import current

from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class RecordAudit:
    """Heard twice, an entry is kept once: the id of its message is its own."""

    store: Store

    async def __call__(self, event: AuditRecorded) -> None:
        """Writes it down; InvalidMessage when it came without a message around it."""
        context = current()
        if context.message_id is None:
            raise InvalidMessage("an audit entry that no message told")
        async with self.store.begin() as unit:
            await unit.add_entry(context.message_id, context.correlation_id, event)
