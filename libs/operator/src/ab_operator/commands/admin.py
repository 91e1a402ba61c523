"""``ab operator admin``: who may use the admin surface, and the first one of them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from ab_shared.contracts.admin import (
    Admin,
    GrantRole,
    HeldRole,
    ListAdmins,
    RevokeRole,
    Role,
)
from rich.table import Table

from ab_operator.desk import Desk, at_desk, console
from ab_operator.people import Who, person

app = typer.Typer(no_args_is_help=True, help="Who may use the admin surface.")

Why = Annotated[str | None, typer.Option(help="For the audit trail")]


@app.command()
def grant(
    ctx: typer.Context,
    who: Who,
    role: Annotated[
        Role, typer.Argument(case_sensitive=False, help="In place of any role they hold")
    ],
    *,
    why: Why = None,
) -> None:
    """Gives somebody a role, audited under their user id; the address is kept nowhere."""

    async def ask(desk: Desk) -> HeldRole:
        deed = GrantRole(
            person=person(who), role=role, actor=desk.actor, actor_kind="operator", reason=why
        )
        return await desk.bus.call(deed)

    _tell(at_desk(ctx, ask))


@app.command()
def revoke(ctx: typer.Context, who: Who, *, why: Why = None) -> None:
    """Takes somebody's role, audited; the last ADMIN keeps theirs."""

    async def ask(desk: Desk) -> HeldRole:
        deed = RevokeRole(person=person(who), actor=desk.actor, actor_kind="operator", reason=why)
        return await desk.bus.call(deed)

    _tell(at_desk(ctx, ask))


@app.command("list")
def list_admins(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Shows everybody with a role, longest-serving first."""

    async def ask(desk: Desk) -> tuple[Admin, ...]:
        return (await desk.bus.call(ListAdmins())).admins

    found = at_desk(ctx, ask)
    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], indent=2))
        return
    table = Table("user", "role", "from", "since")
    for one in found:
        table.add_row(one.user_id, one.role, one.granted_by, f"{one.granted_at:%Y-%m-%d %H:%M:%S}")
    console.print(table)


def _tell(held: HeldRole) -> None:
    console.print(f"{held.user_id} holds {held.role or 'no role'}", markup=False)
