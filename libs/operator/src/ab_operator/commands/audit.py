"""``ab operator audit``: who did what, from the trail that auth keeps."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated

import typer
from ab_shared.contracts.audit import MAX_PAGE, ListAudit, StoredAuditEntry
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console
from ab_operator.moments import moment

app = typer.Typer(invoke_without_command=True)


@app.callback()
def audit(
    ctx: typer.Context,
    *,
    actor: Annotated[str | None, typer.Option(help="Who: an id or an operator's name")] = None,
    action: Annotated[str | None, typer.Option(help="What, or how it begins: dead_letter.")] = None,
    subject: Annotated[str | None, typer.Option(help="To what: job:<id>")] = None,
    since: Annotated[datetime | None, typer.Option(parser=moment, help="90m, 2h, 7d ...")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Shows who did what, newest first."""
    wanted = ListAudit(actor=actor, action=action, subject=subject, since=since)
    entries = at_desk(ctx, lambda desk: _read(desk, wanted, limit))
    if as_json:
        typer.echo(json.dumps([entry.model_dump(mode="json") for entry in entries], indent=2))
        return
    table = Table("when", "who", "did", "to", "change", "why", "request")
    for entry in entries:
        when = entry.occurred_at.strftime("%Y-%m-%d %H:%M:%S")
        who = f"{entry.actor} ({entry.actor_kind})"
        words = (when, who, entry.action, entry.subject, change(entry), entry.reason or "")
        table.add_row(*words, entry.request_id or "")
    console.print(table)


def change(entry: StoredAuditEntry) -> str:
    """What was changed, field by field: ``role: SUPPORT → ADMIN``."""
    before, after = entry.before or {}, entry.after or {}
    return ", ".join(
        f"{name}: {before.get(name, '-')} → {after.get(name, '-')}"
        if name in before
        else f"{name}: {after[name]}"
        for name in {**before, **after}
    )


async def _read(desk: Desk, wanted: ListAudit, limit: int) -> list[StoredAuditEntry]:
    found: list[StoredAuditEntry] = []
    before: int | None = None
    while len(found) < limit:
        size = min(limit - len(found), MAX_PAGE)
        page = await desk.bus.call(wanted.model_copy(update={"limit": size, "before": before}))
        found += page.entries
        before = page.next_before
        if before is None:
            break
    return found
