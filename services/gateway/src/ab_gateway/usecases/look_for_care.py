"""Help for whoever speaks of self-harm in a request that is refused for something else."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.caring import LookForCare as Request
from ab_shared.errors import AbError, ValidationFailed
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity

# The refusal is there already: nobody waits for long to be told of it.
LOOKING_SECONDS = 4.0


class LookForCare:
    """Asks the session service; where it is away, the refusal is as it was."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(
        self, caller: Identity, refused: ValidationFailed, texts: Sequence[str], zone: str | None
    ) -> ValidationFailed:
        """The refusal with the message of help, where a text calls for it."""
        if not texts:
            return refused
        request = Request(user_id=caller.user_id, texts=tuple(texts), timezone=zone)
        try:
            found = await self._services.call(request, timeout=LOOKING_SECONDS)
        except AbError:
            return refused
        if found.care is None:
            return refused
        return ValidationFailed(found.care.message, details={**refused.details, "help": found.told})
