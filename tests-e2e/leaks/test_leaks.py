from __future__ import annotations

import pytest

from leaks.looking import Places
from leaks.run import tried

pytestmark = pytest.mark.real
FEWEST_SECRETS, FEWEST_SPANS = 40, 100


@pytest.mark.timeout(300)
def test_nothing_planted_is_in_logs_metrics_traces_or_error_reports() -> None:
    result = tried()
    assert result.found == []
    assert result.planted >= FEWEST_SECRETS
    # There was something to look through: failures were reported, traces and logs written.
    assert result.reports >= 3
    assert result.spans >= FEWEST_SPANS
    for place in ("log/session", "log/gateway", "metrics/tts", "traces", "error reports"):
        assert result.places[place] > 1000


def test_what_is_there_is_found_and_not_repeated() -> None:
    places = Places()
    places.add("log/tts", b"said I AM calm")
    places.add("traces", "nothing")
    assert places.found({"line 1": "I am calm", "key": "abc"}) == ["line 1 in log/tts"]
