"""``ab operator privacy``: erasures and exports, what they wait for, and asking again."""

from __future__ import annotations

import asyncio
import time
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
from ab_shared.errors import NotFound
from rich.table import Table

from ab_operator.desk import Desk, at_desk, complaints, console
from ab_operator.people import Who, is_address, user_id_of

app = typer.Typer(no_args_is_help=True, help="Erasures and exports of users' data.")
LOOK_SECONDS = 1.0
EX_TEMPFAIL = 75
NOTHING_ERASED = 3
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
    _print_one(at_desk(ctx, lambda desk: _row(desk, job)))


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
    user: Who,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail")],
    *,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="An id auth does not know, but other services may")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for its end; 0 only asks for it")
    ] = 60.0,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure")] = False,
) -> None:
    """Erases a user, as a letter may demand, and says what was erased.

    Exit code 3 where nothing was held of them, 75 where it is not over yet.
    """
    user_id = at_desk(ctx, lambda desk: _meant(desk, user, unknown=unknown))
    if not yes:
        typer.confirm(f"Everything of {user_id} goes, for good. Erase it?", abort=True)

    async def ask(desk: Desk) -> UUID:
        request = RequestErasure(
            user_id=user_id, requested_by="operator", actor=desk.actor, reason=reason
        )
        return (await desk.bus.call(request)).job.id

    job_id = at_desk(ctx, ask)
    console.print(f"erasure {job_id}")
    if wait:
        _tell_end(at_desk(ctx, lambda desk: _end(desk, job_id, wait)))


async def _meant(desk: Desk, user: str, *, unknown: bool) -> str:
    try:
        return await user_id_of(desk, user)
    except NotFound as error:
        # An address is never an id: an erasure by it would be over with nothing erased.
        if is_address(user):
            raise
        if unknown:
            return user
        hint = "erased already (privacy list --user), or known to other services only (--unknown)?"
        raise NotFound(f"{error.message}; {hint}") from None


async def _row(desk: Desk, job_id: UUID) -> PrivacyJobRow:
    rows = (await desk.bus.call(ListPrivacyJobs(job_id=job_id))).jobs
    if not rows:
        raise NotFound("There is no such erasure or export")
    return rows[0]


async def _end(desk: Desk, job_id: UUID, seconds: float) -> PrivacyJobRow:
    until = time.monotonic() + seconds
    row = await _row(desk, job_id)
    while row.job.finished_at is None and time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
        row = await _row(desk, job_id)
    return row


def _tell_end(row: PrivacyJobRow) -> None:
    _print_one(row)
    if row.job.finished_at is None:
        complaints.print(f"It is not over yet: ab operator privacy show {row.job.id}")
        raise typer.Exit(EX_TEMPFAIL)
    if row.job.state == "failed":
        complaints.print(f"Not erased: {row.job.error}", markup=False)
        raise typer.Exit(1)
    if not any(count for counts in row.counts.values() for count in counts.values()):
        complaints.print("Nothing was erased: no service held anything of this user.")
        raise typer.Exit(NOTHING_ERASED)


def _print_one(row: PrivacyJobRow) -> None:
    _print((row,))
    console.print(f"of {row.subject}", markup=False)
    table = Table("service", "erased")
    for service, counts in sorted(row.counts.items()):
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)
        table.add_row(service, told or "nothing")
    console.print(table)


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
