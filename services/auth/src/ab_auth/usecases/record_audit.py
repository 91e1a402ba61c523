"""Keeps an entry of the audit trail, once, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import InvalidMessage
from ab_shared.runtime.context import current

from ab_auth.domain.privacy_job import proof_of
from ab_auth.domain.trail import ids_in, renamed
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class RecordAudit:
    """Heard twice, an entry is kept once: the id of its message is its own."""

    store: Store
    proof_key: bytes
    """The deployment's key of proofs: who has been erased is known by nothing else."""
    keys_before: tuple[bytes, ...] = ()
    """Keys that were the deployment's: what was proven with them stays proven."""

    async def __call__(self, event: AuditRecorded) -> None:
        """Writes it down; InvalidMessage when it came without a message around it."""
        context = current()
        if context.message_id is None:
            raise InvalidMessage("an audit entry that no message told")
        async with self.store.begin() as unit:
            # An entry may be late by an outbox or a dead letter: later than the erasure's search.
            keys, ids = (self.proof_key, *self.keys_before), ids_in(event)
            proofs = {proof_of(key, user_id): user_id for user_id in ids for key in keys}
            erased = await unit.erased_of(proofs, event.occurred_at)
            names = {proofs[proof]: f"erased:{proof}" for proof in erased}
            entry = renamed(event, names) if names else event
            await unit.add_entry(context.message_id, context.correlation_id, entry)
