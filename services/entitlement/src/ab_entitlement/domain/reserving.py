"""Whether somebody may take a generation now, and what refuses it."""

from __future__ import annotations

import math
from datetime import datetime

from ab_shared.contracts.rpc import Entitlement, ReserveGeneration
from ab_shared.errors import (
    Conflict,
    Detail,
    EntitlementRequired,
    FreeLimitReached,
    RateLimited,
    RequestRefused,
    SessionTooLong,
)

from ab_entitlement.domain.day import day_of
from ab_entitlement.domain.plans import Plan, Plans
from ab_entitlement.domain.reservation import Reservation, State
from ab_entitlement.domain.standing import Usage, plan_for


def reserve(
    found: Reservation | None,
    wanted: ReserveGeneration,
    allowed: Entitlement,
    usage: Usage,
    plans: Plans,
    now: datetime,
    zone: str | None = None,
) -> Reservation:
    """The reservation after asking for it: ``found`` itself when it is spent already.

    Args:
        found: what is known under this id, if anything.
        wanted: who asks, under which id, for a job of which size.
        allowed: what this user may do at ``now``.
        usage: what counts for this user's day.
        plans: the plans there are.
        now: an aware instant; its day in ``zone`` is charged.
        zone: an IANA name; None is UTC.

    Raises:
        Conflict: the id belongs to another user.
        SessionTooLong: the plan holds fewer lines.
        EntitlementRequired: the plan does not hold this voice.
        FreeLimitReached: nothing is left today, of generations or of a free plan's budget.
        RateLimited: nothing is left today of a paid plan's budget.
    """
    if found is not None and found.user_id != wanted.user_id:
        raise Conflict("This reservation belongs to somebody else")
    if found is not None and found.counts(now):
        return found
    plan = plan_for(plans, allowed)
    _check_size(plan, wanted)
    if allowed.remaining_today == 0:
        raise _limit_reached(allowed)
    _check_budget(plan, wanted, allowed, usage, now)
    return Reservation(
        id=wanted.reservation_id,
        user_id=wanted.user_id,
        day=day_of(now, zone),
        state=State.PENDING,
        reserved_at=now,
        expires_at=now + plans.hold,
        characters=wanted.characters,
    )


def _check_size(plan: Plan, wanted: ReserveGeneration) -> None:
    most = plan.lines_per_session
    if most is not None and wanted.lines > most:
        message = f"The {plan.name} plan holds {most} affirmations in a session"
        raise SessionTooLong(message, details={"linesPerSession": most, "lines": wanted.lines})
    if plan.voices is not None and wanted.voice_id is not None:
        if wanted.voice_id in plan.voices:
            return
        message = f"The voice {wanted.voice_id} is not part of the {plan.name} plan"
        raise EntitlementRequired(message, details={"voices": sorted(plan.voices)})


def _check_budget(
    plan: Plan, wanted: ReserveGeneration, allowed: Entitlement, usage: Usage, now: datetime
) -> None:
    budget = plan.budget
    if not allowed.within_budget:
        raise _budget_spent(plan, allowed, now)
    # Running jobs count with what they may cost at most: many at once pass no budget either.
    coming = usage.characters + usage.promised_characters + wanted.characters
    if budget.characters is not None and coming > budget.characters:
        raise _budget_spent(plan, allowed, now)


def _limit_reached(allowed: Entitlement) -> FreeLimitReached:
    return FreeLimitReached(
        "Today's free generations are used up; new ones come with the next day",
        details={"dailyGenerations": allowed.daily_generations, "renewsAt": _reset(allowed)},
    )


def _budget_spent(plan: Plan, allowed: Entitlement, now: datetime) -> RequestRefused:
    message = "Today's budget for new audio is used up; a new one comes with the next day"
    details: dict[str, Detail] = {
        "dailyCharacters": plan.budget.characters,
        "dailyRenderedSeconds": plan.budget.rendered_seconds,
        "renewsAt": _reset(allowed),
    }
    if plan.name == "free":
        return FreeLimitReached(message, details=details)
    # Nothing that a payer could buy would help: only coming back does.
    if allowed.resets_at is not None:
        details["retry_after"] = math.ceil((allowed.resets_at - now).total_seconds())
    return RateLimited(message, details=details)


def _reset(allowed: Entitlement) -> str | None:
    if allowed.resets_at is None:
        return None
    return allowed.resets_at.isoformat().replace("+00:00", "Z")
