"""Clerk's news of a user at the door: believed or refused, then kept before it is answered."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ab_shared.contracts.identity_events import StoreIdentityEvent
from ab_shared.errors import NotFound, Unauthorized, ValidationFailed
from ab_shared.messaging.ports import Caller
from prometheus_client import Counter
from pydantic import ValidationError
from pydantic_core import from_json

from ab_gateway.domain.identity import Issuer
from ab_gateway.domain.identity_news import news_in
from ab_gateway.ports import Seals

# Svix's own names, and those of the standard that followed it.
SPELLINGS = ("svix", "webhook")
PARTS = ("id", "timestamp", "signature")
# Clerk waits 15 s, and sends again when it was not answered.
ANSWER_SECONDS = 10.0
WEBHOOKS = Counter(
    "ab_gateway_identity_webhooks_total",
    "Webhooks of Clerk by what became of them.",
    ("outcome",),
)
logger = logging.getLogger("ab.gateway")


@dataclass(frozen=True, slots=True)
class IdentitySource:
    """Whose users the webhooks tell of, and what believes them."""

    issuer: Issuer
    seals: Seals


class TakeIdentityWebhook:
    """Clerk's webhooks. Without secrets nobody can be believed: the address is not there."""

    def __init__(self, services: Caller, source: IdentitySource | None) -> None:
        self._services = services
        self._source = source

    async def __call__(
        self,
        header: Callable[[str], Sequence[str]],
        read: Callable[[], Awaitable[bytes]],
    ) -> None:
        """Returns when the event is in the database, as new or as known, or means nothing here.

        ``header`` gives what was sent under a name; ``read`` the raw body, and is asked only when
        there is a signature to compare.

        Raises:
            NotFound: no secret is configured.
            ValidationFailed: the signature is missing, malformed, forged or too old, and says no
                more than that; or it is right, and what it signs is no event.
            TransientError: it could not be kept now; the vendor sends it again.
        """
        source = self._source
        if source is None:
            raise NotFound("There is nothing at this address")
        sent = _signature_in(header)
        if sent is None:
            raise _not_believed("headers")
        body = await read()
        if not source.seals.signs(body, sent):
            raise _not_believed("signature")
        news = _news(sent["svix-id"], body, source.issuer)
        if news is None:
            WEBHOOKS.labels("ignored").inc()
            return
        stored = await self._services.call(news, timeout=ANSWER_SECONDS)
        WEBHOOKS.labels("taken" if stored.new else "repeated").inc()


def _signature_in(header: Callable[[str], Sequence[str]]) -> dict[str, str] | None:
    for spelling in SPELLINGS:
        found = {part: header(f"{spelling}-{part}") for part in PARTS}
        if any(found.values()):
            # Each of them once: of two, nobody could tell which one was believed.
            if any(len(values) != 1 or not values[0] for values in found.values()):
                return None
            return {f"svix-{part}": values[0] for part, values in found.items()}
    return None


def _not_believed(what: str) -> ValidationFailed:
    WEBHOOKS.labels("refused").inc()
    logger.warning("an identity webhook was not believed", extra={"because": what})
    return ValidationFailed("This is not known here")


def _news(event_id: str, body: bytes, issuer: Issuer) -> StoreIdentityEvent | None:
    try:
        return news_in(event_id, from_json(body, allow_inf_nan=False), issuer)
    # Whatever JSON can be, it is not what was agreed: text, lists, missing names, endless depth.
    except (
        *(ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError),
        Unauthorized,
    ):
        WEBHOOKS.labels("unreadable").inc()
        logger.warning("an identity webhook could not be read")
        raise ValidationFailed("The body is no event") from None
