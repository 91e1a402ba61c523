"""``ab operator simulate``: makes things happen at the vendors that a local stack plays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from ab_operator.desk import complaints, console
from ab_operator.settings import LOCAL_STACK

SECONDS = 10.0
EX_TEMPFAIL = 75
# It is there, and does not know what it was asked about.
REFUSED = (400, 404)


def _somebody(user: str) -> str:
    if not user.strip():
        raise typer.BadParameter("name somebody")
    return user


User = Annotated[
    str,
    typer.Argument(metavar="USER", help="Id of a user, or an anonymous one", callback=_somebody),
]

app = typer.Typer(
    no_args_is_help=True, help="Purchases and sign-ins at the vendors a local stack plays."
)


@app.command()
def purchase(
    ctx: typer.Context,
    user: User,
    *,
    seconds: Annotated[float, typer.Option(min=0, help="Length of the period")] = 30 * 86_400.0,
    product: Annotated[str, typer.Option(help="What is bought")] = "pro_monthly",
    store: Annotated[str, typer.Option(help="app_store, play_store or stripe")] = "app_store",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="With a test account")] = False,
) -> None:
    """A subscription begins: the user is pro within a second or two."""
    given = {"seconds": seconds, "product": product, "store": store, "sandbox": sandbox}
    _act(ctx, "purchase", user, **given)


@app.command("purchase-once")
def purchase_once(ctx: typer.Context, user: User) -> None:
    """Bought once, for good."""
    _act(ctx, "purchase-once", user)


@app.command()
def renew(ctx: typer.Context, user: User) -> None:
    """The next period begins."""
    _act(ctx, "renew", user)


@app.command()
def cancel(ctx: typer.Context, user: User) -> None:
    """No renewal any more; access lasts until the end."""
    _act(ctx, "cancel", user)


@app.command()
def uncancel(ctx: typer.Context, user: User) -> None:
    """Renewals again."""
    _act(ctx, "uncancel", user)


@app.command("billing-issue")
def billing_issue(
    ctx: typer.Context,
    user: User,
    *,
    grace_seconds: Annotated[float, typer.Option(min=0, help="Length of the grace")] = 259_200.0,
) -> None:
    """The period ends unpaid; access lasts until the end of the grace."""
    _act(ctx, "billing-issue", user, grace_seconds=grace_seconds)


@app.command()
def expire(ctx: typer.Context, user: User) -> None:
    """It is over now."""
    _act(ctx, "expire", user)


@app.command()
def pause(ctx: typer.Context, user: User) -> None:
    """A pause after the present period."""
    _act(ctx, "pause", user)


@app.command()
def refund(ctx: typer.Context, user: User) -> None:
    """The money goes back, and access with it."""
    _act(ctx, "refund", user)


@app.command()
def transfer(
    ctx: typer.Context,
    user: User,
    to: Annotated[str, typer.Argument(metavar="TO", help="Id of the user who gets it")],
) -> None:
    """What was bought moves to somebody else, as a restore on their phone does."""
    _act(ctx, "transfer", user, to=to)


@app.command()
def grant(ctx: typer.Context, user: User) -> None:
    """Access for a day at most, before a receipt could be checked."""
    _act(ctx, "grant", user)


@app.command("sign-in")
def sign_in(
    ctx: typer.Context,
    user: User,
    *,
    seconds: Annotated[float, typer.Option(min=1, help="Life of the token")] = 3600.0,
    by: Annotated[str | None, typer.Option(help="Somebody who impersonates the user")] = None,
) -> None:
    """Signs in at the made-up Clerk, with an account made on the way, and prints a token."""
    given = {"user_id": user, "seconds": seconds, "by": by}
    # As it is: for $(...) and pipes.
    typer.echo(_post(ctx, "clerk", "sign-in", given)["token"])


@app.command("sign-out")
def sign_out(
    ctx: typer.Context,
    session: Annotated[str, typer.Argument(metavar="SESSION", help="sess_...: a token's sid")],
) -> None:
    """Revokes a sign-in at the made-up Clerk: its tokens are refused within a second."""
    _post(ctx, "clerk", "end-session", {"session_id": session}, unknown="There is no such session")
    console.print("session.revoked is on its way to the gateway")


@app.command("delete-user")
def delete_user(ctx: typer.Context, user: User) -> None:
    """Deletes somebody at the made-up Clerk: everything held of them is erased."""
    _post(ctx, "clerk", "delete", {"user_id": user}, unknown="There is no such user")
    console.print("user.deleted is on its way to the gateway")


def _act(ctx: typer.Context, action: str, user: str, **given: Any) -> None:
    answer = _post(ctx, "revenuecat", f"actions/{action}", {"customer_id": user, **given})
    told = [str(event["type"]) for event in answer["events"]]
    if not told:
        complaints.print("Nothing happened: there is no purchase to do that with.")
        raise typer.Exit(1)
    console.print(f"{', '.join(told)} is on its way to the gateway")


def _post(
    ctx: typer.Context,
    vendor: str,
    action: str,
    given: dict[str, Any],
    *,
    unknown: str = "There is no such thing",
) -> dict[str, Any]:
    url = f"{_address(ctx.find_object(Path) or LOCAL_STACK, vendor)}/_control/{action}"
    try:
        # Loopback: a proxy of the machine's has no business in between.
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            response = client.post(url, json=given)
            if response.status_code in REFUSED:
                complaints.print(f"{unknown} at the made-up {vendor}.")
                raise typer.Exit(1)
            response.raise_for_status()
            found: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError):
        complaints.print(f"The made-up {vendor} does not do that: is the stack up (make status)?")
        raise typer.Exit(EX_TEMPFAIL) from None
    return found


def _address(stack: Path, vendor: str) -> str:
    try:
        described: dict[str, Any] = json.loads(stack.read_text(encoding="utf-8"))
        return str(described["simulators"][vendor])
    except (OSError, ValueError, KeyError, TypeError):
        complaints.print(f"{stack} names no made-up {vendor}: is a local stack running?")
        raise typer.Exit(78) from None
