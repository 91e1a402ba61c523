"""Lines written for the caller, towards their goal."""

from __future__ import annotations

from ab_shared.contracts import affirmations, http_affirmations
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity

# Longer than the longest that session may be told to let a model take (15) and, before it, whoever
# checks the wish (5): the built-in writer still answers after both.
WRITING_SECONDS = 25.0


class WriteAffirmations:
    """Asks the session service; nothing is kept and nothing is spent."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(
        self, caller: Identity, wish: http_affirmations.WishIn, zone: str | None = None
    ) -> http_affirmations.AffirmationsOut:
        """As many lines as were asked for, with why they read as they do."""
        request = affirmations.WriteAffirmations(
            user_id=caller.user_id,
            session_type=wish.session_type or "",
            struggle=wish.struggle or "",
            goal=wish.goal or "",
            count=wish.count,
            timezone=zone,
        )
        found = await self._services.call(request, timeout=WRITING_SECONDS)
        care = found.care
        return http_affirmations.AffirmationsOut(
            affirmations=list(found.lines),
            reasoning=found.reasoning,
            care=http_affirmations.CareOut.model_validate(care.model_dump()) if care else None,
        )
