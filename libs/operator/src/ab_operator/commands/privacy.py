"""``ab operator privacy``: erasures and exports, what they wait for, and asking again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer
from ab_shared.contracts.privacy import (
    ListPrivacyJobs,
    PrivacyJobRow,
    PrivacyJobState,
    RequestErasure,
    RetryPrivacyJob,
)
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console

app = typer.Typer(no_args_is_help=True, help="Erasures and exports of users' data.")
Reason = Annotated[str | None, typer.Option(help="Why; kept in the audit trail")]


@app.command("list")
def list_command(
    ctx: typer.Context,
    user: Annotated[str | None, typer.Option(help="Found after the erasure too")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    *,
    live: Annotated[bool, typer.Option(help="Only those that are not over")] = False,
) -> None:
    """Lists jobs, newest first."""
    _print(_rows(ctx, ListPrivacyJobs(live=True if live else None, user_id=user, limit=limit)))


@app.command()
def show(ctx: typer.Context, job: UUID) -> None:
    """Shows one job, and how much each service has erased."""
    rows = _rows(ctx, ListPrivacyJobs(job_id=job))
    _print(rows)
    if not rows:
        raise typer.Exit(3)
    console.print(f"of {rows[0].subject}")
    table = Table("service", "erased")
    for service, counts in sorted(rows[0].counts.items()):
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)
        table.add_row(service, told or "nothing")
    console.print(table)


@app.command()
def retry(ctx: typer.Context, job: UUID, reason: Reason = None) -> None:
    """Asks again at once for all that a live erasure waits for."""

    async def ask(desk: Desk) -> PrivacyJobState:
        request = RetryPrivacyJob(
            job_id=job, actor=desk.actor, actor_kind="operator", reason=reason
        )
        return await desk.bus.call(request)

    state = at_desk(ctx, ask)
    console.print(f"{state.job.id} {state.job.stage}, asked again")


@app.command()
def erase(
    ctx: typer.Context,
    user: str,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure")] = False,
) -> None:
    """Erases a user, as a letter may demand."""
    if not yes:
        typer.confirm(f"Everything of {user} goes, for good. Erase it?", abort=True)

    async def ask(desk: Desk) -> PrivacyJobState:
        request = RequestErasure(
            user_id=user, requested_by="operator", actor=desk.actor, reason=reason
        )
        return await desk.bus.call(request)

    console.print(f"erasure {at_desk(ctx, ask).job.id}")


def _rows(ctx: typer.Context, request: ListPrivacyJobs) -> tuple[PrivacyJobRow, ...]:
    async def ask(desk: Desk) -> tuple[PrivacyJobRow, ...]:
        return (await desk.bus.call(request)).jobs

    return at_desk(ctx, ask)


def _print(rows: tuple[PrivacyJobRow, ...]) -> None:
    table = Table("kind", "by", "asked at", "stage", "waits for", "tries")
    # Never cut: they are typed again.
    table.add_column("job", no_wrap=True)
    for row in rows:
        job = row.job
        table.add_row(
            job.kind,
            row.requested_by,
            f"{job.created_at:%Y-%m-%d %H:%M:%S}",
            f"{job.stage} {job.progress:.0%}",
            " ".join(row.waits_for),
            str(row.asked),
            str(job.id),
        )
    console.print(table)
