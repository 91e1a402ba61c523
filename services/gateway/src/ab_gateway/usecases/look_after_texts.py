"""What administrators see of checked texts, and decide about them."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import http_moderation as wire
from ab_shared.contracts.moderation import (
    CountModeration,
    DecideLines,
    Decision,
    FlaggedPage,
    ListFlagged,
    ReadFlagged,
    Status,
)
from ab_shared.errors import DependencyUnavailable, NotFound
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import paging_texts
from ab_gateway.domain.roles import Action, Administrator

# Each decision is a transaction over there.
DECIDING_SECONDS = 20.0


class LookAfterTexts:
    """Session does the deeds, reading included, and tells the trail who asked."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def stats(self) -> wire.ModerationStatsOut:
        """How the checking stands."""
        found = await self._services.call(CountModeration())
        return wire.ModerationStatsOut.model_validate(found.model_dump())

    async def flagged(
        self, by: Administrator, status: Status, cursor: str | None, limit: int
    ) -> wire.FlaggedOut:
        """A page; with texts for whoever may decide about them, and then it is audited."""
        after = paging_texts.place_of(cursor)
        request: ListFlagged | ReadFlagged = ListFlagged(status=status, after=after, limit=limit)
        if Action.DECIDE_TEXTS in by.may:
            request = ReadFlagged(
                actor=by.user_id, actor_kind="admin", status=status, after=after, limit=limit
            )
        page: FlaggedPage = await self._services.call(request)
        return wire.FlaggedOut(
            texts=tuple(
                wire.FlaggedTextOut.model_validate(line.model_dump()) for line in page.lines
            ),
            next_cursor=paging_texts.cursor_of(page.next_after),
        )

    async def decide(
        self, by: Administrator, item_id: UUID, wanted: wire.DecideIn
    ) -> wire.DecidedOut:
        """One decision; NotFound where there is no such text."""
        one = wire.DecisionIn(item_id=item_id, verdict=wanted.verdict)
        many = wire.DecideManyIn(decisions=[one], reason=wanted.reason)
        (result,) = (await self.decide_many(by, many)).results
        if result.outcome == "not_found":
            raise NotFound("There is no such text")
        if result.outcome == "failed":
            raise DependencyUnavailable("the decision was not written")
        return result

    async def decide_many(
        self, by: Administrator, wanted: wire.DecideManyIn
    ) -> wire.DecidedManyOut:
        """What became of each, in their order."""
        request = DecideLines(
            decisions=tuple(
                Decision(item_id=one.item_id, verdict=one.verdict) for one in wanted.decisions
            ),
            actor=by.user_id,
            actor_kind="admin",
            reason=wanted.reason,
        )
        found = await self._services.call(request, timeout=DECIDING_SECONDS)
        return wire.DecidedManyOut.model_validate(found.model_dump())
