"""``ab operator broker-user``: a second user beside a first, so that a password can change."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from ab_operator.broker_users import BrokerUsers
from ab_operator.desk import Desk, at_desk, console

app = typer.Typer(no_args_is_help=True, help="Users of the broker, while a password changes.")
ResultT = TypeVar("ResultT")
PASSWORD_BYTES = 24

Url = Annotated[
    str, typer.Option(envvar="RABBITMQ_MANAGEMENT_URL", help="http://rabbitmq:15672 or the like")
]
Admin = Annotated[str, typer.Option(envvar="RABBITMQ_ADMIN_USER", help="An administrator")]
Password = Annotated[
    str,
    typer.Option(
        envvar="RABBITMQ_ADMIN_PASSWORD",
        help="Theirs; give it in the environment, not here",
        show_default=False,
    ),
]
Why = Annotated[str | None, typer.Option("--reason", help="Why; kept in the audit trail")]


@app.command()
def copy(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(help="Whose rights: ab-session")],
    to: Annotated[str, typer.Argument(help="The other: ab-session-b, and back the next time")],
    *,
    management_url: Url,
    admin_user: Admin = "admin",
    admin_password: Password,
    reason: Why = None,
) -> None:
    """Makes another user with the same rights and prints its fresh password, this once."""
    password = secrets.token_hex(PASSWORD_BYTES)

    async def work(users: BrokerUsers) -> int:
        return await users.copy(user, to, password)

    asked = _Asked(management_url, admin_user, admin_password, "broker_user.copy", to, reason)
    rights = at_desk(ctx, asked.doing(work))
    console.print(f"{to} has the {rights} rights of {user}; its password:")
    typer.echo(password)


@app.command()
def retire(
    ctx: typer.Context,
    user: Annotated[str, typer.Argument(help="Who is not needed any more")],
    *,
    management_url: Url,
    admin_user: Admin = "admin",
    admin_password: Password,
    reason: Why = None,
) -> None:
    """Deletes a user; refused (exit code 1) while anybody is signed in as them."""

    async def work(users: BrokerUsers) -> None:
        await users.retire(user)

    asked = _Asked(management_url, admin_user, admin_password, "broker_user.retire", user, reason)
    at_desk(ctx, asked.doing(work))
    console.print(f"{user} is gone")


class _Asked:
    """One deed at the broker, told to the audit trail before it is done."""

    def __init__(
        self, url: str, admin: str, password: str, action: str, user: str, reason: str | None
    ) -> None:
        self._sign_in = (url, admin, password)
        self._entry = (action, f"broker_user:{user}")
        self._reason = reason

    def doing(
        self, work: Callable[[BrokerUsers], Awaitable[ResultT]]
    ) -> Callable[[Desk], Awaitable[ResultT]]:
        async def run(desk: Desk) -> ResultT:
            users = BrokerUsers(*self._sign_in)
            try:
                await desk.record(*self._entry, reason=self._reason)
                return await work(users)
            finally:
                await users.close()

        return run
