"""``ab operator keys``: keys for machines, keys that sign tokens, sign-ins that must end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from ab_shared.contracts import api_keys, revoking, signing_keys
from ab_shared.errors import NotFound
from rich.table import Column, Table

from ab_operator.desk import Desk, at_desk, complaints, console
from ab_operator.people import Who, user_id_of

app = typer.Typer(no_args_is_help=True, help="Keys for machines, and keys that sign tokens.")
DAY = 24 * 3600
HOUR = 3600
LONGEST_LIFE_DAYS = api_keys.LONGEST_LIFE // DAY
NONE_ENDED = 3
LONGEST_OVERLAP_HOURS = api_keys.LONGEST_OVERLAP // HOUR
ALL_SCOPES: tuple[api_keys.Scope, ...] = ("sessions:read", "sessions:write", "me:read", "admin")

Days = Annotated[int, typer.Option(min=1, max=LONGEST_LIFE_DAYS, help="How long the secret works")]
Why = Annotated[str | None, typer.Option("--reason", help="Why; kept in the audit trail")]
KeyId = Annotated[str, typer.Argument(help="The key's id: the middle of abk_<id>_<secret>")]


@app.command()
def make(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for: load-tests")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(help=f"One of {', '.join(ALL_SCOPES)}; as often as there are"),
    ],
    days: Days = 90,
    user: Annotated[
        str | None, typer.Option(help="A machine user that has a key already; else a new one")
    ] = None,
    reason: Why = None,
) -> None:
    """Makes a key and prints it, this once; it acts as a machine user of its own."""

    async def ask(desk: Desk) -> api_keys.NewApiKey:
        wanted = {"name": name, "scopes": scope, "life_seconds": days * DAY, "user_id": user}
        request = {**wanted, "actor": desk.actor, "actor_kind": "operator", "reason": reason}
        return await desk.bus.call(api_keys.MakeApiKey.model_validate(request))

    _hand_out(at_desk(ctx, ask))


@app.command("list")
def list_keys(
    ctx: typer.Context,
    *,
    ended: Annotated[bool, typer.Option("--all", help="Revoked and expired ones too")] = False,
) -> None:
    """Shows the keys and when each of their secrets ends and was last used."""

    async def ask(desk: Desk) -> api_keys.ApiKeyStates:
        return await desk.bus.call(api_keys.ListApiKeys(ended=ended, limit=api_keys.MAX_KEYS))

    _print(at_desk(ctx, ask).keys)


@app.command()
def rotate(
    ctx: typer.Context,
    key: KeyId,
    *,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=LONGEST_LIFE_DAYS, help="How long the secret works; default: as the last one"
        ),
    ] = None,
    overlap: Annotated[
        int,
        typer.Option(
            min=0,
            max=LONGEST_OVERLAP_HOURS,
            help="Hours that the secret before still works; 0 where it has leaked",
        ),
    ] = 24,
    reason: Why = None,
) -> None:
    """Gives a key a fresh secret and prints it, this once."""

    async def ask(desk: Desk) -> api_keys.NewApiKey:
        life = days * DAY if days is not None else await _life_of(desk, key)
        return await desk.bus.call(
            api_keys.RotateApiKey(
                key_id=key,
                life_seconds=life,
                overlap_seconds=overlap * HOUR,
                actor=desk.actor,
                actor_kind="operator",
                reason=reason,
            )
        )

    _hand_out(at_desk(ctx, ask))


@app.command()
def revoke(ctx: typer.Context, key: KeyId, *, reason: Why = None) -> None:
    """Ends a key with all its secrets, for good; gateways refuse it at once."""

    async def ask(desk: Desk) -> api_keys.ApiKeyState:
        request = api_keys.RevokeApiKey(
            key_id=key, actor=desk.actor, actor_kind="operator", reason=reason
        )
        return await desk.bus.call(request)

    _print((at_desk(ctx, ask),))


@app.command()
def signing(ctx: typer.Context) -> None:
    """Shows the keys that sign tokens: which signs, which comes next, which only verify."""

    async def ask(desk: Desk) -> signing_keys.SigningKeyStates:
        return await desk.bus.call(signing_keys.ListSigningKeys())

    _print_signing(at_desk(ctx, ask))


@app.command()
def rotate_signing(ctx: typer.Context, *, reason: Why = None) -> None:
    """Makes the key that signs next; nobody is signed out."""

    async def ask(desk: Desk) -> signing_keys.SigningKeyStates:
        return await desk.bus.call(
            signing_keys.RotateSigningKey(actor=desk.actor, actor_kind="operator", reason=reason)
        )

    _print_signing(at_desk(ctx, ask))


@app.command()
def withdraw_signing(
    ctx: typer.Context,
    kid: Annotated[str, typer.Argument(help="Its name, as `keys signing` shows it")],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail")],
) -> None:
    """Ends a signing key that has leaked, at once: every token of it is refused.

    Another key signs at once. People stay signed in: their apps fetch new tokens.
    """

    async def ask(desk: Desk) -> signing_keys.SigningKeyStates:
        return await desk.bus.call(
            signing_keys.WithdrawSigningKey(
                kid=kid, actor=desk.actor, actor_kind="operator", reason=reason
            )
        )

    _print_signing(at_desk(ctx, ask))


@app.command()
def sign_out(
    ctx: typer.Context,
    user: Who,
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit trail")],
) -> None:
    """Ends every sign-in of a user at the built-in issuer; access tokens are refused at once.

    Exit code 3 where there was none to end.
    """

    async def ask(desk: Desk) -> revoking.SignInsEnded:
        user_id = await user_id_of(desk, user)
        return await desk.bus.call(
            revoking.EndSignIns(
                user_id=user_id, actor=desk.actor, actor_kind="operator", reason=reason
            )
        )

    ended = at_desk(ctx, ask).families
    if not ended:
        complaints.print("0 sign-ins ended: there was none at the built-in issuer")
        raise typer.Exit(NONE_ENDED)
    console.print(f"{ended} sign-ins ended")


async def _life_of(desk: Desk, key_id: str) -> int:
    listed = await desk.bus.call(api_keys.ListApiKeys(ended=True, limit=api_keys.MAX_KEYS))
    for key in listed.keys:
        if key.key_id == key_id:
            # The newest one's end is as it was made: an overlap cuts older ones only.
            newest = max(key.secrets, key=lambda secret: secret.number)
            return round((newest.expires_at - newest.made_at).total_seconds())
    raise NotFound(
        f"No such key is among the {api_keys.MAX_KEYS} newest; name its life with --days"
    )


def _hand_out(made: api_keys.NewApiKey) -> None:
    _print((made.key,))
    # On a line of its own and never wrapped or coloured: it is made to be copied, or piped.
    typer.echo(made.token.get_secret_value())


def _print(keys: tuple[api_keys.ApiKeyState, ...]) -> None:
    # The id is what other commands take: on a narrow screen the rest is folded, never the id.
    rest = ("name", "user", "scopes", "made by", "secret", "ends", "last used")
    table = Table(Column("id", no_wrap=True), *(Column(name, overflow="fold") for name in rest))
    for key in keys:
        facts = (key.key_id, key.name, key.user_id, " ".join(key.scopes), key.made_by)
        for secret in key.secrets:
            ends = key.revoked_at or secret.expires_at
            told = f"{_moment(ends)}{' (revoked)' if key.revoked_at else ''}"
            table.add_row(*facts, str(secret.number), told, _moment(secret.last_used_at))
    console.print(table)


def _print_signing(found: signing_keys.SigningKeyStates) -> None:
    table = Table("key", "stage", "signs from", "leaves")
    for key in found.keys:
        table.add_row(key.kid, key.stage, _moment(key.signs_from), _moment(key.leaves_at))
    console.print(table)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "-"
