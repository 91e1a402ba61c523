"""A title for a session of the caller's."""

from __future__ import annotations

from ab_shared.contracts import affirmations, http_affirmations
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity


class SuggestTitle:
    """Asks the session service; nothing is kept and nothing is spent."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def __call__(
        self, caller: Identity, wish: http_affirmations.TitleWishIn, zone: str | None = None
    ) -> http_affirmations.TitleOut:
        """One that none of their sessions has."""
        request = affirmations.SuggestTitle(
            user_id=caller.user_id,
            goal=wish.goal or "",
            goal_tag=wish.goal_tag or "",
            lines=tuple(wish.affirmations or ()),
            timezone=zone,
        )
        found = await self._services.call(request)
        care = found.care
        return http_affirmations.TitleOut(
            title=found.title,
            care=http_affirmations.CareOut.model_validate(care.model_dump()) if care else None,
        )
