"""``ab operator scale-advice``: how many instances of each service, and why."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from ab_shared.errors import AbError, SettingsInvalid
from ab_shared.messaging.definitions import VHOST
from rich.table import Table

from ab_operator.desk import complaints, console
from ab_operator.scaling.advice import Advice, Goals, ServiceFacts, advise
from ab_operator.scaling.sources import from_broker, from_prometheus
from ab_operator.settings import LOCAL_STACK

app = typer.Typer(invoke_without_command=True)


@app.callback()
def scale_advice(
    ctx: typer.Context,
    *,
    prometheus: Annotated[
        str | None, typer.Option(envvar="PROMETHEUS_URL", help="Its address; knows the most")
    ] = None,
    management_url: Annotated[
        str | None,
        typer.Option(
            envvar="RABBITMQ_MANAGEMENT_URL",
            help="Without a Prometheus; signs in with RABBITMQ_ADMIN_USER and _PASSWORD",
        ),
    ] = None,
    target: Annotated[float, typer.Option(min=0.05, max=1.0, help="How busy one should be")] = 0.7,
    patience: Annotated[
        float, typer.Option(min=1, help="Seconds in which a backlog should be gone")
    ] = 60.0,
    least: Annotated[int, typer.Option(min=1, help="Never fewer")] = 1,
    cores: Annotated[float, typer.Option(min=0.1, help="Cores that one instance may use")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object")] = False,
) -> None:
    """Advises instances by what arrives, leaves and waits; exit code 3 where another number is.

    Without ``--prometheus`` only the broker is asked, which does not know how busy anybody is.
    """
    sign_in = (os.environ.get(f"RABBITMQ_ADMIN_{part}", "") for part in ("USER", "PASSWORD"))
    try:
        broker = (management_url, VHOST, *sign_in)
        facts = _facts(ctx.find_object(Path), prometheus, broker, cores)
    except AbError as error:
        complaints.print(error.message, markup=False)
        raise typer.Exit(78 if isinstance(error, SettingsInvalid) else 75) from None
    goals = Goals(target=target, patience=patience, least=least)
    advised = [advise(one, goals) for one in facts]
    if as_json:
        typer.echo(json.dumps({one.service: asdict(one) for one in advised}, indent=2))
    else:
        console.print(_table(advised))
    if any(one.advised != one.instances for one in advised):
        raise typer.Exit(3)


def _facts(
    stack: Path | None, prometheus: str | None, broker: tuple[str | None, ...], cores: float
) -> list[ServiceFacts]:
    if prometheus is None and broker[0] is None:
        prometheus, broker = _of_stack(stack or LOCAL_STACK)
    if prometheus is not None:
        return asyncio.run(from_prometheus(prometheus, cores))
    url, vhost, user, password = (part or "" for part in broker)
    return asyncio.run(from_broker(url, vhost, user, password))


def _of_stack(path: Path) -> tuple[str | None, tuple[str | None, ...]]:
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told = described["infrastructure"]["rabbitmq"]
        found = (told["management_url"], told["vhost"], told["user"], told["password"])
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsInvalid(
            "Nothing says where to look: --prometheus, --management-url or a running local stack"
        ) from None
    # A local stack has one where it was started to be observed.
    prometheus = described.get("prometheus_url")
    return (prometheus if urlsplit(prometheus or "").netloc else None), found


def _table(advised: list[Advice]) -> Table:
    table = Table(
        *("service", "there", "advised", "busy", "waiting", "age s", "in/s", "out/s", "why")
    )
    for one in advised:
        busy = "-" if one.utilisation is None else f"{one.utilisation:.0%}"
        changed = one.advised != one.instances
        table.add_row(
            one.service,
            str(one.instances),
            f"[bold]{one.advised}[/bold]" if changed else str(one.advised),
            busy,
            f"{one.waiting:.0f}",
            f"{one.age:.0f}",
            f"{one.arriving:.1f}",
            f"{one.leaving:.1f}",
            f"{one.why} ({one.worst})" if one.worst and changed else one.why,
        )
    return table
