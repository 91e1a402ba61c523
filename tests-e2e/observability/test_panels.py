"""Every query of every panel has an answer after real traffic."""

from __future__ import annotations

import json
import sys

import pytest
from observability.kept import KEPT
from observability.observed import Observed
from observability.panel_run import Asked, run
from observability.second_wave import again

# The first test that wants the stack waits for it and for its traffic.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def told(observed: Observed) -> dict[str, object]:
    """What came of all queries."""
    again(observed)
    return run(Asked(observed.prometheus_url, observed.since)).told()


def test_every_query_of_every_panel_is_understood(told: dict[str, object]) -> None:
    assert told["refused_queries"] == []


def test_every_query_of_every_panel_has_an_answer(
    told: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {name: figure for name, figure in told.items() if not name.endswith("_queries")}
    KEPT["panels"] = figures
    with capsys.disabled():
        sys.stdout.write(f"\npanels: {json.dumps(figures)}\n")
    assert told["empty_queries"] == []
