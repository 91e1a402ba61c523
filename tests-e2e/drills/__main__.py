"""``python -m drills NAME``: breaks a stack and shows who tells of it; one JSON object comes last.

``ab operator drill`` runs it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from ab_client.errors import ClientError

from drills.conduct import Conductor, Limits
from drills.demand import Demand, make_the_first
from drills.drill import Drill, Verdict
from drills.listed import BY_NAME, DRILLS
from drills.stage import Stage, StageError, given, own
from drills.watchers import Watchers

ALL = "all"
HURRY = 10.0
REFUSED, STOPPED = 78, 130


def say(text: str) -> None:
    """Progress, beside the figures."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


async def lead_all(stage: Stage, wanted: Sequence[Drill]) -> list[Verdict]:
    """Every drill in turn, on one stack."""
    limits, verdicts = Limits.of(stage.hurry), []
    if stage.proxies is not None:
        await make_the_first(stage.description)
    async with Watchers(stage.description) as watchers:
        conductor = Conductor(watchers, limits, say)
        for drill in wanted:
            demand = Demand(str(stage.description["gateway_url"]), limits.patience)
            verdicts.append(await conductor.lead(drill, drill.fault(stage), demand))
            say(summary(verdicts[-1]))
    return verdicts


def summary(verdict: Verdict) -> str:
    """One line on what came of a drill."""
    fired = f"fired after {verdict.fired_after_s} s" if verdict.fired else "did NOT fire"
    gone = verdict.resolved_after_s
    resolved = "did NOT resolve" if gone is None else f"was gone {gone} s after it was mended"
    failed = sum(verdict.failed.values())
    tracks = f"{verdict.asked} tracks asked for: {verdict.ready} ready, {failed} failed"
    trouble = f" ({verdict.trouble})" if verdict.trouble else ""
    told = "passed" if verdict.passed else "FAILED"
    lost = f"{len(verdict.lost)} lost"
    return f"{told}: {verdict.alert} {fired}, {resolved}; {tracks}, {lost}{trouble}"


def figures(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Of one drill its own, of several all of them and the sum."""
    if len(verdicts) == 1:
        return verdicts[0].figures()
    fired = sum(verdict.fired for verdict in verdicts)
    return {
        "drills": [verdict.figures() for verdict in verdicts],
        "fired": f"{fired} of {len(verdicts)}",
        "seconds": {verdict.drill: verdict.fired_after_s for verdict in verdicts},
        "passed": all(verdict.passed for verdict in verdicts),
    }


def chosen(names: Sequence[str], *, own_stack: bool) -> list[Drill]:
    """The drills of these names; StageError for what there is not or what a given stack can't."""
    wanted = (
        list(DRILLS) if names == [ALL] else [BY_NAME[name] for name in names if name in BY_NAME]
    )
    unknown = [] if names == [ALL] else [name for name in names if name not in BY_NAME]
    if unknown or not wanted:
        raise StageError(f"no drill {', '.join(unknown)}. There are: {', '.join(BY_NAME)}, {ALL}")
    if own_stack:
        return wanted
    cannot = [drill.name for drill in wanted if drill.own_stack]
    if cannot and names != [ALL]:
        raise StageError(f"{', '.join(cannot)} needs a stack that the drill starts: leave --stack")
    return [drill for drill in wanted if not drill.own_stack]


async def _until_stopped(stage: Stage, wanted: Sequence[Drill]) -> list[Verdict]:
    task = asyncio.ensure_future(lead_all(stage, wanted))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def listing() -> str:
    """Every drill, what it does, which alert has to come."""
    width = max(map(len, BY_NAME))
    rows = (f"{one.name:<{width}}  {one.about}\n{'':<{width}}  -> {one.alert}" for one in DRILLS)
    return "\n".join(rows)


def _terminated(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every alert came and went and nothing was lost, 1 when not, 78 for no such drill."""
    parser = argparse.ArgumentParser(prog="ab operator drill", description=__doc__)
    parser.add_argument("names", nargs="+", help=f"list, {ALL}, {', '.join(BY_NAME)}")
    parser.add_argument("--stack", type=Path, help="the stack file of a running local stack")
    parser.add_argument("--hurry", type=float, default=HURRY, help="divides times of the rules")
    wished = parser.parse_args(arguments)
    if wished.names == ["list"]:
        sys.stdout.write(f"{listing()}\n")
        return 0
    signal.signal(signal.SIGTERM, _terminated)
    try:
        wanted = chosen(wished.names, own_stack=wished.stack is None)
        with contextlib.ExitStack() as until_the_end:
            if wished.stack is None:
                say("starting a stack of its own, watched and in a hurry")
            place = own(wished.hurry) if wished.stack is None else given(wished.stack)
            stage = until_the_end.enter_context(place)
            verdicts = asyncio.run(_until_stopped(stage, wanted))
    except StageError as error:
        say(str(error))
        return REFUSED
    except (ClientError, TimeoutError, httpx.HTTPError) as error:
        say(f"the stack is not whole: {error}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped; what was broken is mended, and nothing of the drill is left")
        return STOPPED
    found = figures(verdicts)
    if len(verdicts) > 1:
        say(f"drills fired {found['fired']}")
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
