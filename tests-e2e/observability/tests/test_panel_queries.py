"""Queries are asked as Grafana asks them, and an answer without a number is none."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from observability.panel_run import Asked, run
from observability.panels import filled_in, queries
from observability.units import written


def prometheus(result: list[object], *, refused: bool = False) -> httpx.MockTransport:
    """One that gives every query the same answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/status/config"):
            data: object = {"yaml": "global:\n  scrape_interval: 5s\n"}
        elif "/label/" in request.url.path:
            data = ["gateway", "tts"]
        elif request.url.path.endswith("/query_exemplars"):
            data = [{"exemplars": [{"labels": {"trace_id": "ab"}}]}]
        elif refused:
            return httpx.Response(400, json={"status": "error", "error": "parse error"})
        else:
            data = {"result": result}
        return httpx.Response(200, json={"status": "success", "data": data})

    return httpx.MockTransport(answer)


def asked(transport: httpx.MockTransport) -> Asked:
    return Asked("http://prometheus", time.time() - 600, transport)


def test_variables_are_filled_in_as_grafana_does() -> None:
    expr = 'rate(a{job=~"$service", r=~"$route"}[$__rate_interval]) / b[$__range] offset $ago'
    told = filled_in(expr, {"service": ["auth", "tts"], "route": ["/a/{b}"]}, 15, 3600)
    assert told == 'rate(a{job=~"(auth|tts)", r=~"/a/\\\\{b\\\\}"}[60s]) / b[3600s] offset 1m'


def test_the_groups_of_a_regular_expression_are_no_variables() -> None:
    assert filled_in('"${1}xx"', {}, 15, 3600) == '"${1}xx"'


def test_every_query_that_is_answered_counts() -> None:
    figures = run(asked(prometheus([{"metric": {}, "value": [1, "2"]}])))
    assert figures.queries == len(list(queries())) > 100
    assert figures.told()["non_empty"] == figures.queries
    assert figures.exemplars_found == figures.exemplars > 0


@pytest.mark.parametrize("result", [[], [{"metric": {}, "value": [1, "NaN"]}]])
def test_nothing_and_no_number_are_empty(result: list[object]) -> None:
    told = run(asked(prometheus(result))).told()
    assert told["empty"] == told["queries"]
    assert all(" / " in name for name in told["empty_queries"])


def test_a_query_that_prometheus_does_not_understand_is_told() -> None:
    told = run(asked(prometheus([], refused=True))).told()
    assert told["refused"] == told["queries"]
    assert "parse error" in told["refused_queries"][0]
    assert json.dumps(told)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, "s", "12.3 ms"),
        (7200, "s", "2 h"),
        (0.999, "percentunit", "99.9 %"),
        (1.5, "currencyUSD", "$1.50"),
        (1200, "short", "1.2 k"),
        (0, "s", "0 s"),
    ],
)
def test_a_sketch_writes_numbers_as_panels_do(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text
