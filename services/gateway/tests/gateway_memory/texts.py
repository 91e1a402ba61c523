"""Session as whoever looks after checked texts knows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ab_shared.contracts import moderation
from ab_shared.errors import ValidationFailed

from gateway_memory.samples import BORN

ITEM, GONE, BROKEN = UUID(int=7), UUID(int=8), UUID(int=9)
SAID = "I speak my mind without mercy."
STATS = moderation.ModerationStats(
    approved=4,
    pending=2,
    rejected=1,
    unavailable=1,
    decided_by_people=1,
    oldest_pending_at=BORN,
    providers={"builtin": 7},
    categories={"harassment": 1},
    refused=(moderation.RefusedOn(day=BORN.date(), category="hate", count=4),),
)
LINE = moderation.FlaggedLine(
    item_id=ITEM,
    status="pending",
    reason="uncertain",
    category="harassment",
    provider="openai",
    first_seen_at=BORN,
    checked_at=BORN,
    used=1,
    uses=(moderation.Use(session_id=UUID(int=1), owner_user_id="user_b", part="line", position=2),),
)
OUTCOMES: dict[UUID, moderation.Outcome] = {GONE: "not_found", BROKEN: "failed"}
PLACE = f"{BORN.isoformat()}|{ITEM}"


def text_answers(deeds: list[Any]) -> list[tuple[str, Any, Any]]:
    """What session answers; what was asked of it that is audited is added to ``deeds``."""

    def listed(request: moderation.ListFlagged) -> moderation.FlaggedPage:
        return _page(request.after, LINE)

    def read(request: moderation.ReadFlagged) -> moderation.FlaggedPage:
        deeds.append(request)
        return _page(request.after, LINE.model_copy(update={"text": SAID}))

    def decide(request: moderation.DecideLines) -> moderation.DecidedAll:
        deeds.append(request)
        return moderation.DecidedAll(results=tuple(_done(one) for one in request.decisions))

    return [
        ("session", moderation.CountModeration, lambda _: STATS),
        ("session", moderation.ListFlagged, listed),
        ("session", moderation.ReadFlagged, read),
        ("session", moderation.DecideLines, decide),
    ]


def _page(after: str | None, line: moderation.FlaggedLine) -> moderation.FlaggedPage:
    if after is None:
        return moderation.FlaggedPage(lines=(line,), next_after=PLACE)
    if after != PLACE:
        raise ValidationFailed("The cursor is not valid", details={"cursor": "is none of ours"})
    return moderation.FlaggedPage(lines=())


def _done(decision: moderation.Decision) -> moderation.Decided:
    outcome = OUTCOMES.get(decision.item_id, "decided")
    status: moderation.Status = "rejected" if decision.verdict == "reject" else "approved"
    return moderation.Decided(
        item_id=decision.item_id,
        outcome=outcome,
        status=status if outcome == "decided" else None,
        stopped_jobs=1,
        sessions=1,
    )
