"""RevenueCat's REST API, version 1: what a customer holds.

https://www.revenuecat.com/docs/api-v1: reading an unknown customer makes it known; 429 carries
``Retry-After`` and ``backoff_ms``. There is no retry here: callers climb a ladder of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime import vendor_metrics
from pydantic import ValidationError

from ab_entitlement.adapters.revenuecat_answer import SubscriberAnswer
from ab_entitlement.domain.purchases import AnswerMalformed, StoreResting
from ab_entitlement.purchase_ports import Answer

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
# That bounds each wait; a server that drips bytes would hold a place for ever.
WHOLE_SECONDS = 8.0
MAX_BYTES = 1024 * 1024
MAX_AT_ONCE = 4
# After so many failures in a row the next tries wait, longer each time.
FAILURES_BEFORE_REST = 3
FIRST_REST, LONGEST_REST = 1.0, 60.0
# A vendor may ask for a long rest, but not switch purchases off for a day by a slip.
LONGEST_ASKED_REST = 600.0

VENDOR, READ = "revenuecat", "read_purchases"


@dataclass(slots=True)
class Rest:
    """When the vendor may be asked again; fails at once before that."""

    monotonic: Callable[[], float] = time.monotonic
    _until: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)

    @property
    def resting(self) -> bool:
        """Whether it is left alone."""
        return self.monotonic() < self._until

    def succeeded(self) -> None:
        """It answers."""
        self._failures = 0

    def failed(self) -> None:
        """It did not; from the third time in a row on it rests, twice as long each time."""
        self._failures += 1
        beyond = self._failures - FAILURES_BEFORE_REST
        if beyond >= 0:
            self.asked(min(FIRST_REST * 2.0 ** min(beyond, 10), LONGEST_REST))

    def asked(self, seconds: float) -> None:
        """It asked for so long a rest."""
        rest = min(max(seconds, FIRST_REST), LONGEST_ASKED_REST)
        self._until = max(self._until, self.monotonic() + rest)


class RevenueCat:
    """Implements ``Store``."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str,
        api_key: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        self._rest = Rest(monotonic)
        self._whole_seconds = whole_seconds
        self._places = asyncio.Semaphore(MAX_AT_ONCE)

    @property
    def resting(self) -> bool:
        """As ``Store.resting``."""
        vendor_metrics.BREAKER_OPEN.labels(VENDOR, READ).set(self._rest.resting)
        return self._rest.resting

    async def read(self, customer_id: str) -> Answer:
        """As ``Store.read``."""
        # Any of these characters may stand in an id; none may lead to another address.
        url = f"{self._base_url}/v1/subscribers/{quote(customer_id, safe='')}"
        async with self._places:
            # Inside: whoever waited for a place may find that the one before was turned away.
            if self.resting:
                vendor_metrics.SKIPPED.labels(VENDOR, READ, "left_alone").inc()
                raise StoreResting("RevenueCat is left alone for a while")
            with vendor_metrics.calling(VENDOR, READ) as call:
                response = await self._get(url)
                call.outcome = vendor_metrics.outcome_of(response.status_code)
                try:
                    return self._answer_in(response)
                except AnswerMalformed:
                    call.outcome = "failed"
                    raise

    async def _get(self, url: str) -> httpx.Response:
        try:
            async with (
                asyncio.timeout(self._whole_seconds),
                self._client.stream(
                    "GET", url, headers=self._headers, timeout=TIMEOUT, follow_redirects=False
                ) as response,
            ):
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > MAX_BYTES:
                        raise self._malformed("RevenueCat's answer is too large")
                return httpx.Response(
                    response.status_code,
                    headers={"Retry-After": response.headers.get("Retry-After", "")},
                    content=bytes(body),
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            raise self._failure("RevenueCat does not answer") from None

    def _answer_in(self, response: httpx.Response) -> Answer:
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self._rest.asked(asked_rest(response))
            raise StoreResting("RevenueCat asks for a rest")
        # 201 is how it says that the customer was new to it.
        if response.status_code not in {httpx.codes.OK, httpx.codes.CREATED}:
            raise self._failure("RevenueCat refuses")
        try:
            answer = SubscriberAnswer.model_validate_json(response.content).answer()
        except (ValidationError, ValueError, OverflowError):
            raise self._malformed("RevenueCat's answer can't be read") from None
        self._rest.succeeded()
        return answer

    def _failure(self, message: str) -> DependencyUnavailable:
        self._rest.failed()
        return DependencyUnavailable(message)

    def _malformed(self, message: str) -> AnswerMalformed:
        self._rest.failed()
        return AnswerMalformed(message)


def asked_rest(response: httpx.Response) -> float:
    """Seconds of rest that a 429 asks for: the longer of ``Retry-After`` and ``backoff_ms``."""
    asked = [_seconds(response.headers.get("Retry-After"))]
    try:
        body = response.json()
        asked.append(_seconds(body.get("backoff_ms")) / 1000)
    except (ValueError, AttributeError):
        pass
    return max(asked)


def _seconds(value: object) -> float:
    # Retry-After may also be a date (RFC 9110): the least rest is right for what can't be read.
    try:
        number = float(value) if isinstance(value, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if 0 <= number < float("inf") else 0.0
