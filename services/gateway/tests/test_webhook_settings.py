"""Secrets of the webhooks that would keep nobody out."""

from __future__ import annotations

import pytest
from ab_gateway.settings import GatewaySettings
from pydantic import ValidationError

LONG = "a-long-enough-secret"
BASE = {
    "environment": "test",
    "rabbitmq_url": "amqp://memory",
    "valkey_url": "redis://memory",
    "token_issuers": ({"issuer": "https://auth.example.test", "kind": "builtin"},),
    "aws_s3_bucket_name": "ab-media",
    "aws_access_key_id": "AKID",
    "aws_secret_access_key": "hush-hush",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"revenuecat_webhook_authorization": "short"},
        {"revenuecat_webhook_authorization": "Bearer change-me-please"},
        {"revenuecat_webhook_authorization": " " * 20},
        {"revenuecat_webhook_authorization": LONG, "revenuecat_webhook_secret": "short"},
        {"revenuecat_webhook_secret": LONG},
        {"revenuecat_signature_header": "X Seal"},
        {"rate_limit_webhooks_per_minute": 0},
    ],
)
def test_it_refuses_to_boot(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings.model_validate({**BASE, **changes})


def test_none_one_or_both() -> None:
    for changes in (
        {},
        {"revenuecat_webhook_authorization": LONG},
        {"revenuecat_webhook_authorization": LONG, "revenuecat_webhook_secret": LONG},
    ):
        assert GatewaySettings.model_validate({**BASE, **changes})
