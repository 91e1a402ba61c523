"""A process tells its release, and when its event loop was held up."""

from __future__ import annotations

import asyncio
import time

from ab_shared.runtime import process_metrics
from ab_shared.runtime.process_metrics import tell_release, watching_the_loop
from prometheus_client import REGISTRY


def block(seconds: float) -> None:
    """What no code of ours may do."""
    time.sleep(seconds)


def held_up(bound: str) -> float:
    """Looks so far at which the loop came back within the bound."""
    return REGISTRY.get_sample_value("ab_event_loop_lag_seconds_bucket", {"le": bound}) or 0


async def test_a_loop_that_was_held_up_is_seen() -> None:
    before = held_up("+Inf") - held_up("0.1")
    async with watching_the_loop():
        await asyncio.sleep(0)
        block(process_metrics.LOOK_SECONDS + 0.2)
        await asyncio.sleep(0.1)
    assert held_up("+Inf") - held_up("0.1") == before + 1


def test_the_release_is_a_label() -> None:
    tell_release("shared")
    tell_release("nobody-installed-this")
    shown = [s.labels for m in REGISTRY.collect() if m.name == "ab_build_info" for s in m.samples]
    assert {"version": "unknown"} in shown
    assert len(shown) >= 2
