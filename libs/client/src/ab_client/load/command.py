"""``ab load``: listeners that come at a rate, whatever the answers take."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import secrets
import signal
import tomllib
from typing import Annotated, Any

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ab_client.errors import ClientError
from ab_client.load.crowd import Crowd
from ab_client.load.mix import PROFILES, Mix, named
from ab_client.load.objectives import Objective, parse
from ab_client.load.report import report
from ab_client.load.running import Plan, Run
from ab_client.load.screen import table, watch
from ab_client.places import gateway_url

MOST_PER_SECOND, MOST_SECONDS, MOST_VISITS, MOST_USERS = 500.0, 3_600.0, 500_000, 1_000
STOPPED = 130


def load_command(
    profile: Annotated[
        str, typer.Argument(help=f"{', '.join(PROFILES)}, or a TOML file with a mix of your own")
    ] = "evening",
    *,
    rate: Annotated[
        float, typer.Option(min=0.01, max=MOST_PER_SECOND, help="Visits a second")
    ] = 5.0,
    seconds: Annotated[
        float, typer.Option("--for", min=1, max=MOST_SECONDS, help="Seconds they come")
    ] = 30.0,
    ramp: Annotated[float, typer.Option(min=0, help="Seconds in which the rate grows")] = 0.0,
    count: Annotated[
        int | None, typer.Option(min=1, max=MOST_VISITS, help="Visits at most")
    ] = None,
    users: Annotated[
        int, typer.Option(min=1, max=MOST_USERS, help="Accounts that are made before")
    ] = 10,
    drain: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds their jobs may take afterwards")
    ] = 60.0,
    seed: Annotated[
        int | None, typer.Option(help="The same load again; its new lines are known then")
    ] = None,
    expect: Annotated[
        str, typer.Option(help="Objectives: p95=300ms,errors=0.1%,ready95=20s,failed=1%")
    ] = "",
    url: Annotated[str | None, typer.Option(help="The gateway; default: the local stack")] = None,
    i_own_this_host: Annotated[
        bool, typer.Option("--i-own-this-host", help="It is not this machine, and it is mine")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The figures alone")] = False,
) -> None:
    """Puts load on a deployment and says how it bore it; exit code 1 where an objective is missed.

    Every visit is a listener who comes at a random instant (a Poisson process) and makes or hears
    something. Latency counts from when they came. Accounts are made at the built-in issuer.
    """
    base_url, mix, objectives = gateway_url(url), _mix(profile), _objectives(expect)
    _refuse_strangers(base_url, mine=i_own_this_host)
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    plan = Plan(mix, rate, seconds, chosen, ramp, count, drain)
    # The figures alone go to standard output: a program can read them in either case.
    screen = Console(stderr=True, quiet=as_json)
    asked = {"profile": profile, "url": base_url, "seed": chosen, "rate_asked": rate}
    try:
        figures, stopped = asyncio.run(load(base_url, plan, users, objectives, screen))
    except (ClientError, httpx.InvalidURL, TimeoutError) as error:
        Console(stderr=True).print(f"[red]No load:[/red] {escape(str(error))}")
        raise typer.Exit(1) from None
    typer.echo(json.dumps({**asked, **figures, "stopped": stopped}))
    raise typer.Exit(STOPPED if stopped else 0 if figures["held"] else 1)


async def load(
    base_url: str,
    plan: Plan,
    users: int,
    objectives: list[Objective],
    screen: Console,
    transport: httpx.AsyncBaseTransport | None = None,
) -> tuple[dict[str, Any], bool]:
    """Gathers a crowd, lets it come as planned; the figures, and whether somebody stopped it.

    Raises:
        ClientError: the crowd could not be gathered.
    """
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    pool = transport or httpx.AsyncHTTPTransport(limits=unlimited)
    async with pool:
        run = Run(plan, Crowd(base_url, pool))
        with _ctrl_c(run.stop):
            clock = asyncio.get_running_loop().time
            began = clock()
            if plan.mix.needs_people:
                screen.print(f"{users} listeners sign up and make what they will listen to ...")
                await run.crowd.gather(users, plan.mix, plan.seed)
            prepared = clock() - began
            watching = asyncio.create_task(watch(run, screen))
            try:
                await run.go()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
        screen.print(table(run))
        figures = report(run.record, run.seconds, objectives)
        return {"prepared_s": round(prepared, 1), **figures}, run.stop.is_set()


@contextlib.contextmanager
def _ctrl_c(stop: asyncio.Event) -> Any:
    """The first Ctrl-C ends the load and leaves its figures; a second one ends the program."""
    loop = asyncio.get_running_loop()

    def once() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, once)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def is_this_machine(base_url: str) -> bool:
    """Whether an address is a loopback one."""
    host = httpx.URL(base_url).host
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_strangers(base_url: str, *, mine: bool) -> None:
    if not mine and not is_this_machine(base_url):
        raise typer.BadParameter(
            f"{base_url} is not this machine. Load on what belongs to others is an attack:"
            " say --i-own-this-host if it is yours"
        )


def _mix(profile: str) -> Mix:
    try:
        return named(profile)
    except FileNotFoundError:
        known = ", ".join(PROFILES)
        raise typer.BadParameter(f"no profile ({known}) and no file {profile}") from None
    except ValidationError as error:
        row = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, row["loc"]))
        raise typer.BadParameter(f"{profile} is no mix: {place} {row['msg']}") from None
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        raise typer.BadParameter(f"{profile}: {error}") from None


def _objectives(text: str) -> list[Objective]:
    try:
        return parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
