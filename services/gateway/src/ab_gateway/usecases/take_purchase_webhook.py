"""A purchase event at the door: believed or refused, then kept for good before it is answered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ab_shared.contracts.purchases import StorePurchaseEvent
from ab_shared.errors import NotFound, Unauthorized, ValidationFailed
from ab_shared.messaging.ports import Caller
from ab_shared.runtime.clock import Clock
from pydantic import ValidationError
from pydantic_core import from_json

from ab_gateway.domain.webhooks import SharedSecrets, same_secret, signed_lately

logger = logging.getLogger("ab.gateway")


class TakePurchaseWebhook:
    """RevenueCat's webhooks. Without secrets nobody can be believed: the address is not there."""

    def __init__(self, services: Caller, secrets: SharedSecrets | None, now: Clock) -> None:
        self._services = services
        self._secrets = secrets
        self._now = now

    async def __call__(
        self,
        header: Callable[[str], Sequence[str]],
        read: Callable[[], Awaitable[bytes]],
    ) -> None:
        """Returns when the event is in the database, as new or as known.

        ``header`` gives what was sent under a name; ``read`` the raw body, and is asked only after
        the fixed header was believed.

        Raises:
            NotFound: no secret is configured.
            Unauthorized: the header or the signature is not right; says nothing more.
            ValidationFailed: whoever sent this knows the secret but sent no event.
            TransientError: it could not be kept now; the vendor sends it again.
        """
        secrets = self._secrets
        if secrets is None:
            raise NotFound("There is nothing at this address")
        if not same_secret(header("authorization"), *secrets.authorizations):
            raise _not_believed("authorization")
        body = await read()
        if not self._signed(header(secrets.signature_header), body):
            raise _not_believed("signature")
        await self._services.call(_event_in(body))

    def _signed(self, signature: Sequence[str], body: bytes) -> bool:
        keys = self._secrets.signing if self._secrets else ()
        now = self._now().timestamp()
        # Signing is the vendor's option; the fixed header alone is the least there is.
        return not keys or sum(signed_lately(signature, body, key, now) for key in keys) > 0


def _not_believed(what: str) -> Unauthorized:
    logger.warning("a purchase webhook was not believed", extra={"because": what})
    return Unauthorized("This is not known here")


def _event_in(body: bytes) -> StorePurchaseEvent:
    try:
        document: Any = from_json(body, allow_inf_nan=False)
        event = document["event"]
        return StorePurchaseEvent(event_id=event["id"], event_type=event["type"], event=event)
    # Whatever JSON can be, it is not what was agreed: text, lists, missing names, endless depth.
    except (ValidationError, ValueError, TypeError, KeyError, IndexError):
        logger.warning("a purchase webhook could not be read")
        raise ValidationFailed("The body is no event") from None
