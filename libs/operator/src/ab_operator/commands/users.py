"""``ab operator users``: whether our users are those that Clerk has."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from ab_shared.contracts.identity_events import ReconcileIdentities, Reconciliation

from ab_operator.desk import Desk, at_desk, complaints, console

LOOK_SECONDS = 1.0
UNDER_WAY = frozenset({"wanted", "running"})
EX_TEMPFAIL = 75
WORDS = {
    "off": "No list of users is compared: auth has no CLERK_SECRET_KEY.",
    "never": "They have never been compared.",
    "wanted": "A comparison begins within a minute.",
    "running": "A comparison is under way.",
    "finished": "Our users are those that Clerk has.",
    "refused": "Not believed, so nobody was erased:",
    "failed": "Clerk can't be asked now; it is tried again by itself:",
}

app = typer.Typer(no_args_is_help=True, help="People with an account at Clerk.")


@app.command()
def reconcile(
    ctx: typer.Context,
    *,
    allow_missing: Annotated[
        int | None,
        typer.Option(min=0, max=100, help="Percent of users that may be gone: you vouch for it"),
    ] = None,
    wait: Annotated[bool, typer.Option(help="Return when it is over")] = True,
) -> None:
    """Compares our users with Clerk's list: makes who is missing here, erases who is gone there.

    Audited. It happens by itself once a day; nobody is erased whom Clerk does not call gone.
    """

    async def ask(desk: Desk) -> Reconciliation:
        wanted = ReconcileIdentities(actor=desk.actor, most_missing_percent=allow_missing)
        found = await desk.bus.call(wanted)
        look = ReconcileIdentities(actor=desk.actor, start=False)
        while wait and found.state in UNDER_WAY:
            await asyncio.sleep(LOOK_SECONDS)
            found = await desk.bus.call(look)
        return found

    _show(at_desk(ctx, ask))


@app.command()
def status(ctx: typer.Context) -> None:
    """How the latest comparison went."""

    async def ask(desk: Desk) -> Reconciliation:
        return await desk.bus.call(ReconcileIdentities(actor=desk.actor, start=False))

    _show(at_desk(ctx, ask))


def _show(found: Reconciliation) -> None:
    good = found.state in {"finished", "never", *UNDER_WAY}
    out = console if good else complaints
    out.print(WORDS[found.state], markup=False)
    if found.reason is not None:
        out.print(f"  {found.reason}", markup=False)
    if found.started_at is not None:
        numbers = f"listed {found.listed}, made {found.made}, missing {found.missing}"
        out.print(f"  {numbers}, gone {found.gone}; begun {found.started_at:%F %T} UTC")
    if not good:
        raise typer.Exit(EX_TEMPFAIL if found.state == "failed" else 1)
