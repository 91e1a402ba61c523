"""``ab operator jobs``: what is being made for listeners, and what failed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import typer
from ab_shared.contracts.job_desk import MAX_JOBS, JobRow, ListJobs, RequeueJob, StopJob
from ab_shared.contracts.jobs import JobSnapshot, JobStage
from ab_shared.errors import RequestRefused
from rich.table import Table

from ab_operator.desk import Desk, at_desk, complaints, console

Show = Literal["all", "live", "failed", "ready"]
STAGES: dict[str, tuple[JobStage, ...]] = {
    "all": (),
    "live": ("queued", "speaking", "preparing", "merging"),
    "failed": ("failed", "cancelled"),
    "ready": ("ready",),
}
EVERYTHING = "all"
Why = Annotated[str | None, typer.Option(help="For the audit trail")]

app = typer.Typer(no_args_is_help=True, help="What is being made for listeners.")


@app.command("list")
def list_jobs(
    ctx: typer.Context,
    show: Annotated[Show, typer.Argument(help="all, live, failed or ready")] = "live",
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Shows everybody's audio jobs, newest first."""
    rows = at_desk(ctx, lambda desk: _read(desk, STAGES[show], limit))
    if as_json:
        typer.echo(json.dumps([row.model_dump(mode="json") for row in rows], indent=2))
        return
    table = Table("job", "stage", "done", "attempt", "asked again", "stands since", "error")
    for row in rows:
        job, since = row.job, row.moved_at.strftime("%Y-%m-%d %H:%M:%S")
        done, again = f"{job.progress:.0%}", str(row.revivals)
        words = (str(job.id), job.stage, done, str(row.attempt), again, since, job.error or "")
        table.add_row(*words)
    console.print(table)


@app.command()
def retry(
    ctx: typer.Context,
    job: Annotated[str, typer.Argument(help="Id of a failed job, or: all")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many of all, newest first")] = MAX_JOBS,
    why: Why = None,
) -> None:
    """Begins failed jobs again, at no cost to their owners; cancelled ones only by id."""
    refused = at_desk(ctx, lambda desk: _retry(desk, job, limit, why))
    if refused:
        raise typer.Exit(1)


@app.command()
def cancel(ctx: typer.Context, job: UUID, *, why: Why = None) -> None:
    """Ends a live job as if its owner had; its generation goes back."""

    async def ask(desk: Desk) -> JobSnapshot:
        deed = StopJob(job_id=job, actor=desk.actor, actor_kind="operator", reason=why)
        return await desk.bus.call(deed)

    _tell(at_desk(ctx, ask))


@app.command()
def requeue(ctx: typer.Context, job: UUID, *, why: Why = None) -> None:
    """Begins a failed job again, or asks anew for everything a live one waits for."""
    _tell(at_desk(ctx, lambda desk: _requeue(desk, job, why)))


async def _read(desk: Desk, stages: tuple[JobStage, ...], limit: int) -> list[JobRow]:
    found: list[JobRow] = []
    asked = ListJobs(stages=stages)
    while len(found) < limit:
        size = min(limit - len(found), MAX_JOBS)
        page = await desk.bus.call(asked.model_copy(update={"limit": size}))
        found += page.jobs
        if page.next_before is None:
            break
        asked = asked.model_copy(update={"before": page.next_before})
    return found


async def _requeue(desk: Desk, job_id: UUID, why: str | None) -> JobSnapshot:
    deed = RequeueJob(job_id=job_id, actor=desk.actor, actor_kind="operator", reason=why)
    return await desk.bus.call(deed)


async def _retry(desk: Desk, job: str, limit: int, why: str | None) -> int:
    refused = 0
    for job_id in await _meant(desk, job, limit):
        try:
            _tell(await _requeue(desk, job_id, why))
        # One that cannot begin again (a newer job took its place) stops none of the others.
        except RequestRefused as error:
            refused += 1
            complaints.print(f"{job_id}: {error.message}", markup=False)
    return refused


async def _meant(desk: Desk, job: str, limit: int) -> Sequence[UUID]:
    if job == EVERYTHING:
        return [row.job.id for row in await _read(desk, ("failed",), limit)]
    try:
        return [UUID(job)]
    except ValueError:
        raise typer.BadParameter("name a job by its id, or: all") from None


def _tell(job: JobSnapshot) -> None:
    console.print(f"{job.id} is {job.stage}")
