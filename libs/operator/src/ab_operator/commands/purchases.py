"""``ab operator purchases``: read again, replay, and give what nobody claimed to its user."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from ab_shared.contracts.purchases import (
    LinkPurchases,
    ReconcilePurchases,
    ReplayedEvents,
    ReplayPurchaseEvents,
)

from ab_operator.desk import Desk, at_desk, console
from ab_operator.moments import moment

EVERYTHING = "all"
# A page of events is as many transactions; a busy database may take its time over them.
PAGE_SECONDS = 30.0

app = typer.Typer(no_args_is_help=True, help="What listeners bought.")


@app.command()
def reconcile(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Argument(help="Id of a user; without it everybody")] = None,
) -> None:
    """Has purchases read again: one user's now, everybody's as fast as the vendor allows."""

    async def ask(desk: Desk) -> int:
        request = ReconcilePurchases(user_id=user, actor=desk.actor)
        return (await desk.bus.call(request)).customers

    console.print(f"{at_desk(ctx, ask)} customers will be read again")


@app.command()
def replay(
    ctx: typer.Context,
    event_id: Annotated[
        str | None, typer.Argument(metavar="EVENT", help="Id of an event, or: all")
    ] = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(parser=moment, help="All since: 90m, 2h, 7d, or an instant")
    ] = None,
) -> None:
    """Takes kept events once more, audited; they only say whom to read again."""
    # Nobody replays a year by leaving something out.
    if (event_id is None) == (since is None):
        raise typer.BadParameter(f"name an event, or --since, or: {EVERYTHING}")
    named = None if event_id == EVERYTHING else event_id

    async def ask(desk: Desk) -> tuple[int, int]:
        first = ReplayPurchaseEvents(event_id=named, since=since, actor=desk.actor)
        pages = [await desk.bus.call(first, timeout=PAGE_SECONDS)]
        while (last := pages[-1].last) is not None:
            following = first.model_copy(update={"after": last})
            page: ReplayedEvents = await desk.bus.call(following, timeout=PAGE_SECONDS)
            pages.append(page)
        return sum(page.events for page in pages), sum(page.customers for page in pages)

    events, customers = at_desk(ctx, ask)
    console.print(f"{events} events taken again, {customers} customers to read")


@app.command()
def link(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(metavar="ANON", help="$RCAnonymousID:... (quote it)")],
    user: Annotated[str, typer.Argument(metavar="USER", help="Id of a user")],
    *,
    reason: Annotated[str, typer.Option(help="For the audit trail: how you know")],
) -> None:
    """Gives an anonymous customer's purchases to a user, audited."""

    async def ask(desk: Desk) -> None:
        request = LinkPurchases(customer_id=customer, user_id=user, actor=desk.actor, reason=reason)
        await desk.bus.call(request)

    at_desk(ctx, ask)
    console.print("Linked; what was bought shows within seconds", markup=False)
