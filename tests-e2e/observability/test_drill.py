"""One drill for real, the cheapest, under the rules as they are written."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest
from drills.__main__ import lead_all
from drills.drill import Verdict
from drills.listed import BY_NAME
from drills.stage import given
from observability.kept import KEPT
from observability.observed import Observed

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]


def test_a_poisonous_message_is_told_of_and_thrown_away(
    observed: Observed, capsys: pytest.CaptureFixture[str]
) -> None:
    verdict = drilled(observed, "poison-message")
    KEPT["drill"] = verdict.figures()
    with capsys.disabled():
        sys.stdout.write(f"\ndrill: {json.dumps(verdict.figures())}\n")
    assert verdict.passed, verdict.figures()
    assert verdict.shown["panel"] == "Queues / Dead letters"
    assert verdict.shown["panel_shows"]
    assert verdict.shown["runbook"].endswith("/dead-letters.md")


def drilled(observed: Observed, name: str) -> Verdict:
    """The verdict of a drill on the stack that is there, which is whole again afterwards."""
    with given(observed.stack.state / "stack.json") as stage:
        verdicts = asyncio.run(lead_all(stage, [BY_NAME[name]]))
    observed.stack.wait_ready()
    return verdicts[0]
