"""``ab operator quota``: a listener's day with the ledger behind it, and putting it right."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

import typer
from ab_shared.contracts.usage import MOST_CORRECTED, CorrectQuota, Quota, ShowQuota
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console
from ab_operator.people import Who, user_id_of

app = typer.Typer(no_args_is_help=True, help="Quotas of listeners.")


@app.command()
def show(
    ctx: typer.Context,
    user: Who,
    lines: Annotated[int, typer.Option(min=1, max=200, help="How much of the ledger")] = 20,
) -> None:
    """Shows what counts today and the end of the ledger; exit code 3 where it does not add up."""

    async def ask(desk: Desk) -> Quota:
        user_id = await user_id_of(desk, user)
        return await desk.bus.call(ShowQuota(user_id=user_id, lines=lines))

    quota = at_desk(ctx, ask)
    _print(quota)
    if quota.drift:
        raise typer.Exit(3)


@app.command(context_settings={"ignore_unknown_options": True})
def correct(
    ctx: typer.Context,
    user: Who,
    amount: Annotated[
        int,
        typer.Argument(
            min=-MOST_CORRECTED,
            max=MOST_CORRECTED,
            help="-2 gives two generations of today back, 1 takes one",
        ),
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger and in the audit trail")],
    request: Annotated[
        UUID | None, typer.Option(help="The id of an earlier try, to be sure it counts once")
    ] = None,
) -> None:
    """Changes what counts as spent today; what was written before stays."""
    request_id = request or uuid4()

    async def ask(desk: Desk) -> Quota:
        user_id = await user_id_of(desk, user)
        return await desk.bus.call(
            CorrectQuota(
                request_id=request_id,
                user_id=user_id,
                amount=amount,
                reason=reason,
                actor=desk.actor,
            )
        )

    # Said before it is tried: whoever has to try again needs it.
    console.print(f"request {request_id}")
    _print(at_desk(ctx, ask))


def _print(quota: Quota) -> None:
    usage, spent = quota.usage, quota.usage.spent
    left = "unlimited" if usage.remaining_today is None else str(usage.remaining_today)
    console.print(
        f"plan {usage.plan}, day {usage.day}: {spent.generations} spent, {left} left;"
        f" ledger {quota.balance}, drift {quota.drift};"
        f" {spent.characters} characters, {spent.reads_made} reads made,"
        f" {spent.reads_reused} reused, {spent.rendered_ms / 1000:.0f} s rendered"
    )
    table = Table("at", "day", "kind", "amount", "who or what", "why")
    for line in quota.lines:
        what = line.actor or str(line.reservation_id)
        table.add_row(
            f"{line.at:%Y-%m-%d %H:%M:%S}",
            str(line.day),
            line.kind,
            f"{line.amount:+d}",
            what,
            line.reason or "",
        )
    console.print(table)
