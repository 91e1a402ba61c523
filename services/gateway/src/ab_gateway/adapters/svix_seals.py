"""Svix's signatures (https://docs.svix.com/receiving/verifying-payloads), by Svix's own library."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from ab_shared.errors import SettingsInvalid
from standardwebhooks.webhooks import EmptyWebhookSecretError
from svix.webhooks import Webhook, WebhookVerificationError

# All that its verify() raises over what a stranger may send; binascii's and Unicode's errors are
# ValueErrors.
REFUSALS = (WebhookVerificationError, ValueError, TypeError, OverflowError)
logger = logging.getLogger("ab.gateway")


class SvixSeals:
    """Implements ``Seals``: any one of the secrets may have signed, so that one can be replaced.

    Raises:
        SettingsInvalid: a secret is not ``whsec_`` and base64.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        try:
            self._webhooks = [Webhook(secret) for secret in secrets]
        except (ValueError, EmptyWebhookSecretError):
            raise SettingsInvalid("CLERK_WEBHOOK_SECRETS holds what is no signing secret") from None

    def signs(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether one of the secrets signed these bytes within five minutes of now."""
        return any(_verified(webhook, body, headers) for webhook in self._webhooks)


def _verified(webhook: Webhook, body: bytes, headers: Mapping[str, str]) -> bool:
    try:
        webhook.verify(body, dict(headers))
    except REFUSALS as error:
        logger.debug("a webhook's signature does not fit", extra={"because": type(error).__name__})
        return False
    return True
