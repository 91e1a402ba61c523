"""A user's day as the app sees it."""

from __future__ import annotations

from ab_shared.contracts.http import UNLIMITED
from ab_shared.contracts.http_usage import UsageLimitsOut, UsageOut
from ab_shared.contracts.usage import UsageReport


def usage_out(report: UsageReport) -> UsageOut:
    """A report, with unlimited written as the largest number the app can hold."""
    spent = report.spent
    return UsageOut(
        plan=report.plan,
        day=report.day,
        resets_at=report.resets_at,
        # What operators gave back can lie below zero; nobody has used less than nothing.
        generations=max(0, spent.generations),
        remaining_generations=_or_unlimited(report.remaining_today),
        jobs=spent.jobs,
        characters=spent.characters,
        reads_made=spent.reads_made,
        reads_reused=spent.reads_reused,
        rendered_seconds=round(spent.rendered_ms / 1000, 3),
        limits=UsageLimitsOut(
            daily_generations=_or_unlimited(report.daily_generations),
            daily_characters=_or_unlimited(report.daily_characters),
            daily_rendered_seconds=_or_unlimited(report.daily_rendered_seconds),
        ),
    )


def _or_unlimited(amount: int | None) -> int:
    return UNLIMITED if amount is None else amount
