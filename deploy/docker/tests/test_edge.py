"""What the edge refuses by itself is an answer that the gateway could have given."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ab_gateway.entrypoints.http.errors import refusal
from ab_gateway.entrypoints.http.middleware import MAX_BODY_BYTES
from ab_shared.errors import AbError, DependencyUnavailable, PayloadTooLarge

CONFIG = (Path(__file__).resolve().parents[2] / "edge/nginx.conf").read_text()
# Without a status of its own (=503) nginx keeps the one it refused with, whatever is returned.
REFUSAL = re.compile(r"error_page ([\d ]+?)(?: =(\d+))? (@\w+);")
ANSWER = r"location {place} \{{[^}}]*?return (\d+) '(\{{.*?\}})';"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (413, PayloadTooLarge("The body is too large")),
        (502, DependencyUnavailable("gateway")),
        (504, DependencyUnavailable("gateway")),
    ],
)
def test_a_refusal_of_the_edge_is_one_of_the_gateway(status: int, error: AbError) -> None:
    rules = {code: rule for rule in REFUSAL.findall(CONFIG) for code in rule[0].split()}
    _, instead, place = rules[str(status)]
    answered = re.search(ANSWER.format(place=place), CONFIG, re.DOTALL)
    assert answered is not None
    expected = refusal(error)
    said = json.loads(bytes(expected.body))
    said.pop("requestId", None)
    assert int(instead or status) == int(answered[1]) == expected.status_code
    assert json.loads(answered[2]) == said


def test_the_gateway_decides_what_is_too_large_where_it_can() -> None:
    megabytes = re.search(r"client_max_body_size (\d+)m;", CONFIG)
    assert megabytes is not None
    assert int(megabytes[1]) * 1024 * 1024 > MAX_BODY_BYTES
