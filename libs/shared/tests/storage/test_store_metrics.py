"""Operations on the store are told apart by what an operator would do about them."""

from __future__ import annotations

import pytest
from ab_shared.storage.metrics import timing
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from prometheus_client import REGISTRY


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (refused("NoSuchKey"), "missing"),
        (refused("404"), "missing"),
        (refused("AccessDenied"), "forbidden"),
        (refused("SignatureDoesNotMatch"), "forbidden"),
        (refused("403"), "forbidden"),
        (refused("ExpiredToken"), "forbidden"),
        (refused("RequestTimeTooSkewed"), "forbidden"),
        (refused("SlowDown"), "failed"),
        (ConnectionResetError(), "failed"),
        (TimeoutError(), "timed_out"),
        (ReadTimeoutError(endpoint_url="http://s3"), "timed_out"),
        (ConnectTimeoutError(endpoint_url="http://s3"), "timed_out"),
        (EndpointConnectionError(endpoint_url="http://s3"), "failed"),
    ],
)
def test_each_error_is_one_outcome(error: Exception, outcome: str) -> None:
    operation = f"try-{type(error).__name__}-{error}-{outcome}"
    with pytest.raises(type(error)), timing(operation):
        raise error
    labels = {"operation": operation, "outcome": outcome}
    assert REGISTRY.get_sample_value("ab_store_call_seconds_count", labels) == 1


def test_an_answer_that_nothing_is_there_is_no_failure() -> None:
    with timing("try-head") as call:
        call.outcome = "missing"
    labels = {"operation": "try-head", "outcome": "missing"}
    assert REGISTRY.get_sample_value("ab_store_call_seconds_count", labels) == 1


def test_a_refusal_is_told_of_from_the_first_call_on() -> None:
    with timing("try-first"):
        pass
    labels = {"operation": "try-first", "outcome": "forbidden"}
    assert REGISTRY.get_sample_value("ab_store_call_seconds_count", labels) == 0
