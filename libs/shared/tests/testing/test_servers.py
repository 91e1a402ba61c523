from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ab_shared.testing import servers
from ab_shared.testing.clock import FakeClock


def test_a_stack_file_names_them_all(tmp_path: Path) -> None:
    stack = {
        "infrastructure": {
            "rabbitmq": {"amqp_url": "amqp://a", "management_url": "http://m", "more": 1},
            "postgres": {"admin_url": "postgresql://p"},
            "valkey": {"url": "redis://v"},
            "s3": {
                "endpoint_url": "http://s",
                "region": "eu-west-1",
                "access_key_id": "key",
                "secret_access_key": "secret",
            },
        }
    }
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(stack))
    found = servers.found({servers.STACK: str(path)})
    assert (found.rabbitmq_url, found.rabbitmq_management_url) == ("amqp://a", "http://m")
    assert (found.postgres_url, found.valkey_url) == ("postgresql://p", "redis://v")
    assert found.s3 is not None
    assert (found.s3.aws_endpoint_url_s3, found.s3.aws_region) == ("http://s", "eu-west-1")
    assert found.s3.aws_secret_access_key.get_secret_value() == "secret"


def test_addresses_may_name_some_of_them() -> None:
    found = servers.found({"AB_TEST_S3_URL": "http://a%2Fkey:sec%20ret@store:8333"})
    assert found.s3 is not None
    assert found.s3.aws_endpoint_url_s3 == "http://store:8333"
    assert found.s3.aws_access_key_id.get_secret_value() == "a/key"
    assert found.s3.aws_secret_access_key.get_secret_value() == "sec ret"
    assert found.postgres_url is None


def test_nothing_named_skips_and_says_why() -> None:
    with pytest.raises(pytest.skip.Exception, match="make test"):
        servers.found({})


@pytest.mark.real
def test_each_test_has_a_virtual_host_of_its_own(rabbitmq_url: str) -> None:
    assert urlsplit(rabbitmq_url).path.startswith("/test-")


def test_a_fake_clock_moves_when_told() -> None:
    clock = FakeClock(datetime(2026, 3, 1, tzinfo=UTC))
    started = clock.time()
    assert clock.advance(90) == clock() == datetime(2026, 3, 1, 0, 1, 30, tzinfo=UTC)
    assert (clock.time() - started, clock.monotonic()) == (90, 90)
