"""``ab operator drain``: processes that finish what they have and take no more for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from ab_shared.contracts.audit import Details
from ab_shared.contracts.catalogue import WORKERS
from ab_shared.contracts.draining import DrainSet

from ab_operator.desk import Desk, at_desk, complaints, console
from ab_operator.drains import Drain

app = typer.Typer(invoke_without_command=True)
LONGEST_MINUTES = 24 * 60


@app.callback(context_settings={"allow_interspersed_args": True})
def drain(
    ctx: typer.Context,
    service: Annotated[str, typer.Argument(help=", ".join(WORKERS))],
    *,
    instance: Annotated[
        str | None,
        typer.Option(help="Only processes whose name begins so: a pod, a container, a host"),
    ] = None,
    minutes: Annotated[
        int, typer.Option(min=1, max=LONGEST_MINUTES, help="Then they take work again")
    ] = 15,
    wait: Annotated[float, typer.Option(min=1, help="Seconds until they should be empty")] = 120.0,
    resume: Annotated[bool, typer.Option("--resume", help="They take work again now")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept in the audit trail")] = None,
) -> None:
    """Keeps a service from its queues until its processes are empty; they answer all the while.

    Exit code 3 when one of them has not told in time that it is.
    """
    if service not in WORKERS:
        known = ", ".join(WORKERS)
        complaints.print(f"{service!r} takes no work from queues; these do: {known}", markup=False)
        raise typer.Exit(2)
    now = datetime.now(UTC)
    until = None if resume else now + timedelta(minutes=minutes)

    async def work(desk: Desk) -> list[str]:
        event = DrainSet(
            service=service, instance=instance, set_at=now, until=until, actor=desk.actor
        )
        after: Details = {} if resume else {"minutes": minutes}
        if instance is not None:
            after["instance"] = instance
        action = "work.resumed" if resume else "work.drained"
        await desk.record(action, f"service/{service}", after=after, reason=reason)
        return await Drain(desk, event).carried_out(wait)

    missing = at_desk(ctx, work)
    if missing:
        for line in missing:
            complaints.print(line, markup=False)
        raise typer.Exit(3)
    end = "" if until is None else f"{until:%H:%M:%S} UTC"
    said = f"empty, and takes no work until {end}" if end else "takes work again"
    console.print(f"{service} {said}", highlight=False)
