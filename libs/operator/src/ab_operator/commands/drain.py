"""``ab operator drain``: processes that finish what they have and take no more for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from ab_shared.contracts.audit import Details
from ab_shared.contracts.catalogue import WORKERS
from ab_shared.contracts.draining import DrainSet
from ab_shared.messaging.inspecting import queue_states
from ab_shared.messaging.topology import rpc_queue

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
        typer.Option(help="Only processes whose name begins so: pod, container id, host-pid"),
    ] = None,
    minutes: Annotated[
        int,
        typer.Option(min=1, max=LONGEST_MINUTES, help="Then they take work again"),
    ] = 5,
    wait: Annotated[float, typer.Option(min=1, help="Seconds until they should be empty")] = 120.0,
    resume: Annotated[bool, typer.Option("--resume", help="They take work again now")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; kept in the audit trail")] = None,
) -> None:
    """Keeps a service from its queues until its processes are empty; they answer all the while.

    Exit code 3 when one of them has not told in time that it is.
    """
    if service not in WORKERS:
        known = ", ".join(WORKERS)
        complaints.print(f"{service!r} cannot be drained; these can: {known}", markup=False)
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
        drain = Drain(event, None if instance else await _processes(desk, service))
        await desk.bus.serve(drain.listen())
        return await drain.carried_out(desk.bus, wait)

    missing = at_desk(ctx, work)
    if missing:
        for line in missing:
            complaints.print(line, markup=False)
        raise typer.Exit(3)
    said = "done" if until is None else f"done; no work until {until:%H:%M:%S} UTC"
    whom = service if instance is None else f"{service} {instance}*"
    console.print(f"{whom}: {said}", highlight=False, soft_wrap=True)


async def _processes(desk: Desk, service: str) -> int:
    """How many there are: requests are heard by each, drained or not."""
    (state,) = await queue_states(desk.broker_url, [rpc_queue(service)])
    return state.consumers
