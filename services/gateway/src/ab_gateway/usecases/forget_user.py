"""Forgets what the gateway remembers of a person who is erased."""

from __future__ import annotations

from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.privacy import Erased, ErasureRequested
from ab_shared.messaging.ports import Publisher
from ab_shared.runtime.context import current

from ab_gateway.ports import ForgetsUsers


class ForgetUser:
    """Every process does it and says so: the first word counts, the others do no harm."""

    def __init__(self, forgets: tuple[ForgetsUsers, ...], messages: Publisher) -> None:
        self._forgets = forgets
        self._messages = messages

    async def __call__(self, event: ErasureRequested) -> None:
        """DependencyUnavailable when the shared cache is away: the broker tells it again."""
        forgotten = 0
        for one in self._forgets:
            forgotten += await one.forget_user(event.user_id)
        report = Erased(
            erasure_id=event.erasure_id, service="gateway", counts={"snapshots": forgotten}
        )
        context = current()
        await self._messages.publish(
            wrap(
                report,
                producer="gateway",
                correlation_id=context.correlation_id,
                causation_id=context.message_id,
            )
        )
