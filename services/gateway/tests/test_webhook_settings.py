"""Secrets of the webhooks that would keep nobody out."""

from __future__ import annotations

import pytest
from ab_gateway.adapters.svix_seals import SvixSeals
from ab_gateway.settings import GatewaySettings
from ab_shared.errors import SettingsInvalid
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
        {"revenuecat_webhook_authorization_before": LONG},
        {"revenuecat_webhook_authorization": LONG, "revenuecat_webhook_secret_before": LONG},
        {
            "revenuecat_webhook_authorization": LONG,
            "revenuecat_webhook_authorization_before": "short",
        },
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


CLERK = "https://clerk.example.test"
SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
LISTED = (*BASE["token_issuers"], {"issuer": CLERK, "kind": "jwks"})


@pytest.mark.parametrize(
    "changes",
    [
        {"clerk_webhook_secrets": SECRETS},
        {"clerk_webhook_secrets": SECRETS, "clerk_issuer": CLERK},
        {"clerk_webhook_secrets": SECRETS, "token_issuers": LISTED},
        {
            "clerk_webhook_secrets": SECRETS,
            "token_issuers": LISTED,
            "clerk_issuer": "https://auth.example.test",
        },
        {
            "clerk_webhook_secrets": ["whsec_short"],
            "token_issuers": LISTED,
            "clerk_issuer": CLERK,
        },
        {"token_issuers": (*LISTED, {"issuer": "https://b.example.test", "kind": "jwks"})},
        {"token_issuers": ({"issuer": CLERK, "kind": "pem"},)},
        {"token_issuers": ({"issuer": CLERK, "kind": "jwks", "pem": "x"},)},
    ],
)
def test_clerk_is_refused_half_configured_or_ambiguous(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        GatewaySettings.model_validate({**BASE, **changes})


def test_clerk_with_its_issuer_and_its_secrets() -> None:
    changes = {
        "token_issuers": LISTED,
        "clerk_issuer": CLERK,
        "clerk_webhook_secrets": SECRETS,
    }
    made = GatewaySettings.model_validate({**BASE, **changes})
    assert SECRETS[0] not in repr(made)


def test_a_secret_that_is_no_base64_is_named() -> None:
    with pytest.raises(SettingsInvalid, match="CLERK_WEBHOOK_SECRETS"):
        SvixSeals(["whsec_" + "a" * 21])
