"""Help with writing: lines towards a goal, and a title for them; typed, one method a route."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts import http_affirmations as wire
from ab_shared.contracts.affirmations import DEFAULT_LINES

from ab_client.api import ApiClient


class Writing:
    """The user of a client, being helped."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def write(
        self,
        *,
        goal: str | None = None,
        struggle: str | None = None,
        session_type: str | None = None,
        count: int = DEFAULT_LINES,
    ) -> wire.AffirmationsOut:
        """Lines, other ones each time; what is left out is taken from what they told before."""
        wish = wire.WishIn(goal=goal, struggle=struggle, session_type=session_type, count=count)
        return await self._client.call(
            "POST", "/v1/affirmations/generate", wire.AffirmationsOut, wish
        )

    async def suggest_title(
        self,
        *,
        goal: str | None = None,
        goal_tag: str | None = None,
        lines: Sequence[str] | None = None,
    ) -> str:
        """A title that none of their sessions has."""
        wish = wire.TitleWishIn(
            goal=goal, goal_tag=goal_tag, affirmations=list(lines) if lines else None
        )
        found = await self._client.call(
            "POST", "/v1/affirmations/suggest-title", wire.TitleOut, wish
        )
        return found.title
