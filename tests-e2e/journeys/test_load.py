"""``ab load`` on the real stack: few listeners, for seconds, and everything they asked for."""

from __future__ import annotations

import io

import pytest
from ab_client.load.command import load
from ab_client.load.mix import Mix
from ab_client.load.objectives import parse
from ab_client.load.running import Plan
from rich.console import Console

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

# Short tracks, and something of everything.
MIX = Mix(
    shares={
        **dict.fromkeys(("bundle", "listen", "list", "session", "entitlement", "shelf"), 3),
        **dict.fromkeys(("catalogue", "programs"), 3),
        **dict.fromkeys(("create", "create_seen", "edit", "sign_up"), 1),
    },
    least_lines=1,
    most_lines=2,
)


async def test_a_small_load_is_borne_and_every_track_becomes_ready(gateway_url: str) -> None:
    plan = Plan(MIX, rate=10, seconds=6.0, seed=11, drain=150)
    objectives = parse("errors=0%,failed=0%")
    figures, stopped = await load(gateway_url, plan, 3, objectives, Console(file=io.StringIO()))
    assert not stopped
    assert figures["held"], figures
    assert figures["visits"] > 30
    jobs = figures["jobs"]
    assert jobs["ready"] == jobs["asked"] > 0
    assert jobs["time_to_ready_s"]["p50"] > 0
    assert {"bundle", "list", "sign-up", "create"} <= figures["latency_ms"].keys()
