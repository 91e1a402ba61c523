"""The audit trail as the gateway reaches it: a message to auth."""

from __future__ import annotations

from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging.ports import Publisher
from ab_shared.runtime.context import current


class PublishedTrail:
    """Implements ``Trail``; the gateway has no database, so what the broker refuses is lost."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def record(self, entry: AuditRecorded) -> None:
        """Confirmed by the broker when it returns."""
        correlation_id = current().correlation_id
        envelope = wrap(entry, producer="gateway", correlation_id=correlation_id)
        await self._publisher.publish(envelope)
