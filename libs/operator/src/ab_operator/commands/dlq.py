"""``ab operator dlq``: messages that could not be handled or sent."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Annotated

import orjson
import typer
from ab_shared.messaging.dead_letter import DeadLetter
from rich.table import Table

from ab_operator.dead_letter_desk import Choice, Deed, Found, Outcome, act, look, reveal
from ab_operator.desk import Desk, at_desk, complaints, console
from ab_operator.moments import moment

SHOWN = 50
EVERYTHING = "all"

Service = Annotated[str | None, typer.Option(help="Only those of one service")]
Reason = Annotated[str | None, typer.Option(help="invalid, permanent, exhausted, unsendable ...")]
Since = Annotated[
    datetime | None, typer.Option(parser=moment, help="Dead since: 90m, 2h, 7d, or an instant")
]
Ids = Annotated[list[str] | None, typer.Argument(help="Ids of messages, or: all")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say which")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")]

app = typer.Typer(no_args_is_help=True, help="Messages that could not be handled or sent.")


@app.command("list")
def list_letters(
    ctx: typer.Context,
    *,
    service: Service = None,
    reason: Reason = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show")] = SHOWN,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list")] = False,
) -> None:
    """Shows dead letters, oldest first, without a word of what they say."""
    choice = Choice(service=service, reason=reason, since=since)
    found = at_desk(ctx, lambda desk: look(desk, choice))
    if as_json:
        typer.echo(json.dumps([letter.facts() for letter in found.letters[:limit]], indent=2))
    else:
        console.print(_table(found.letters[:limit]))
        _summary(found, limit)


@app.command()
def show(
    ctx: typer.Context,
    letter_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    service: Service = None,
    words: Annotated[bool, typer.Option("--reveal", help="Its words too; they may be private")] = (
        False
    ),
    why: Annotated[str | None, typer.Option(help="For the audit trail; with --reveal")] = None,
) -> None:
    """Shows one dead letter; what it says only with --reveal and a reason, which is audited."""
    choice = Choice(ids=frozenset({letter_id}), service=service)
    if words:
        if not why:
            raise typer.BadParameter("--reveal needs --why")
        reason = why
        letter = at_desk(ctx, lambda desk: reveal(desk, choice, reason))
        typer.echo(json.dumps({**letter.facts(), "body": _body(letter)}, indent=2))
        return
    found = at_desk(ctx, lambda desk: look(desk, choice)).letters
    if not found:
        complaints.print("No such dead letter.")
        raise typer.Exit(1)
    for letter in found:
        known = {"fields": [*letter.fields], "goes_to": [*letter.destinations]}
        typer.echo(json.dumps({**letter.facts(), **known}, indent=2))


@app.command()
def replay(
    ctx: typer.Context,
    ids: Ids = None,
    *,
    service: Service = None,
    reason: Reason = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    why: Annotated[str | None, typer.Option(help="For the audit trail")] = None,
) -> None:
    """Sends dead letters back where they came from, as first attempts with the ids they had."""
    choice = _chosen(ids, service, reason, since)
    _do(ctx, "replay", choice, why, dry_run=dry_run, yes=yes)


@app.command()
def discard(
    ctx: typer.Context,
    ids: Ids = None,
    *,
    why: Annotated[str, typer.Option(help="For the audit trail")],
    service: Service = None,
    reason: Reason = None,
    since: Since = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Throws dead letters away for good."""
    choice = _chosen(ids, service, reason, since)
    _do(ctx, "discard", choice, why, dry_run=dry_run, yes=yes)


def _chosen(
    ids: list[str] | None, service: str | None, reason: str | None, since: datetime | None
) -> Choice:
    everything = ids == [EVERYTHING]
    if not (ids or reason or since):
        # Nobody empties a shelf by leaving something out.
        raise typer.BadParameter(f"name ids, or --reason, or --since, or: {EVERYTHING}")
    named = frozenset() if everything else frozenset(ids or ())
    return Choice(named, service, reason, since)


def _do(
    ctx: typer.Context,
    deed: Deed,
    choice: Choice,
    why: str | None,
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    found = at_desk(ctx, lambda desk: look(desk, choice))
    console.print(_table(found.letters[:SHOWN]))
    _summary(found, SHOWN)
    missing = choice.ids - {letter.id for letter in found.letters}
    for letter_id in sorted(missing):
        complaints.print(f"no dead letter {letter_id}", markup=False)
    if dry_run or not found.letters:
        raise typer.Exit(1 if missing else 0)
    if not yes:
        # Asked with the shelf closed: what waits for an answer holds nothing.
        typer.confirm(f"{deed} these {len(found.letters)}?", abort=True)
    outcomes: list[Outcome] = []

    async def work(desk: Desk) -> None:
        await act(desk, deed, found.letters, why, outcomes.append)

    at_desk(ctx, work)
    stuck = [outcome for outcome in outcomes if outcome.trouble]
    for outcome in stuck:
        complaints.print(f"{outcome.letter.id} stays: {outcome.trouble}", markup=False)
    console.print(f"{deed}: {len(outcomes) - len(stuck)} done, {len(stuck)} stay")
    raise typer.Exit(1 if stuck or missing else 0)


def _table(letters: tuple[DeadLetter, ...]) -> Table:
    table = Table("died", "id", "message", "from", "reason", "error", "attempt", "stack")
    for letter in letters:
        died = letter.died_at.strftime("%m-%d %H:%M:%S") if letter.died_at else ""
        place, tried = letter.place, str(letter.attempt)
        words = (died, letter.id, letter.routing_key, place, letter.reason, letter.error, tried)
        table.add_row(*words, letter.stack)
    return table


def _summary(found: Found, shown: int) -> None:
    counts = Counter((letter.service, letter.reason) for letter in found.letters)
    told = ", ".join(f"{service} {reason}: {n}" for (service, reason), n in counts.items())
    console.print(f"{len(found.letters)} dead letters{f' ({told})' if told else ''}")
    if len(found.letters) > shown:
        console.print(f"The oldest {shown} are shown.")
    for service in found.hidden:
        console.print(f"[yellow]{service} has more than can be looked at at once.[/yellow]")


def _body(letter: DeadLetter) -> object:
    try:
        return orjson.loads(letter.body)
    except orjson.JSONDecodeError:
        return letter.body.decode(errors="replace")
