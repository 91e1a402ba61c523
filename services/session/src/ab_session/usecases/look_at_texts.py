"""What people see of the queue of texts."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.moderation import (
    CountModeration,
    FlaggedLine,
    FlaggedPage,
    ListFlagged,
    ModerationStats,
    ReadFlagged,
)
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.deeds import audited

from ab_session.ports import Store, Unit

BETWEEN = "|"


@dataclass(frozen=True, slots=True)
class LookAtTexts:
    """Without the texts for anybody with the right to look; with them it is a deed."""

    store: Store

    async def count(self, _request: CountModeration) -> ModerationStats:
        """How many texts in use stand how."""
        async with self.store.begin() as unit:
            return await unit.moderation.stats()

    async def list(self, request: ListFlagged) -> FlaggedPage:
        """A page without texts; ValidationFailed for a place that was never given out."""
        async with self.store.begin() as unit:
            return await _page(unit, request, texts=False)

    async def read(self, request: ReadFlagged) -> FlaggedPage:
        """A page with what is not approved; that it was read, and which, is told to the trail."""
        async with self.store.begin() as unit:
            found = await _page(unit, request, texts=True)
            page = found.model_copy(update={"lines": tuple(map(_readable, found.lines))})
            entry = audited(
                "moderation.read",
                f"texts:{request.status}",
                request.actor,
                request.actor_kind,
                after={"items": [str(line.item_id) for line in page.lines if line.text]},
                reason=request.reason,
            )
            await unit.send(entry)
        return page


def _readable(line: FlaggedLine) -> FlaggedLine:
    """Without its texts once it is approved: the queue is no way around asking for lines."""
    if line.status != "approved":
        return line
    uses = tuple(use.model_copy(update={"original_text": None}) for use in line.uses)
    return line.model_copy(update={"text": None, "uses": uses})


async def _page(unit: Unit, request: ListFlagged | ReadFlagged, *, texts: bool) -> FlaggedPage:
    after = _place(request.after)
    found = await unit.moderation.page(request.status, after, request.limit + 1, texts=texts)
    lines = tuple(found[: request.limit])
    more = len(found) > request.limit
    return FlaggedPage(lines=lines, next_after=_named(lines[-1]) if more else None)


def _named(line: FlaggedLine) -> str:
    return f"{line.first_seen_at.isoformat()}{BETWEEN}{line.item_id}"


def _place(after: str | None) -> tuple[datetime, UUID] | None:
    if after is None:
        return None
    at, _, item = after.partition(BETWEEN)
    with suppress(ValueError):
        place = datetime.fromisoformat(at), UUID(item)
        if place[0].tzinfo is not None:
            return place
    wrong = {"cursor": "is none that was given out here"}
    raise ValidationFailed("The cursor is not valid", details=wrong)
