"""Expo's push service: messages out, tickets back, receipts a while later.

https://docs.expo.dev/push-notifications/sending-notifications: at most 100 messages a request and
1000 tickets, an error of one message stands in its ticket or receipt, 429 and 5xx are to be tried
again. There is no retry here: notices that were not taken wait for their next turn.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
from ab_shared.errors import DependencyUnavailable, ValidationFailed
from ab_shared.runtime import vendor_metrics
from ab_shared.runtime.breaker import (
    Breaker,
    Limits,
    State,
    answered,
    called,
    dropped,
    failed,
    may_call,
)
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ab_session.notice_ports import Answer, Push, Word

SEND, RECEIPTS = "/--/api/v2/push/send", "/--/api/v2/push/getReceipts"
TIMEOUT = httpx.Timeout(5.0, connect=2.0)
# That bounds each wait; a server that drips bytes would hold the sweep for ever.
WHOLE_SECONDS = 15.0
MAX_BYTES = 1024 * 1024
# A track that is ready is worth telling for some hours, to a phone that was off.
TTL_SECONDS = 4 * 3600
LIMITS = Limits(failures=3, rest_seconds=5.0, longest_rest_seconds=120.0)
REFUSED = {httpx.codes.BAD_REQUEST, httpx.codes.REQUEST_ENTITY_TOO_LARGE, 422}
CODE = re.compile(r"[A-Za-z_]{1,40}")
VENDOR, PUSH = "expo", "push"


class _Details(BaseModel):
    model_config = ConfigDict(extra="ignore")

    error: str | None = None


class _Result(BaseModel):
    """A ticket or a receipt. Its message repeats the token: it is not even read."""

    model_config = ConfigDict(extra="ignore")

    status: str
    id: str | None = Field(default=None, max_length=200)
    details: _Details = _Details()


class _Tickets(BaseModel):
    data: list[_Result]


class _Receipts(BaseModel):
    data: dict[str, _Result]


class ExpoPushes:
    """Implements ``Pushes``."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str,
        access_token: SecretStr | None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._headers = {"Accept": "application/json"}
        if access_token is not None:
            self._headers["Authorization"] = f"Bearer {access_token.get_secret_value()}"
        self._settle(Breaker())
        self._monotonic = monotonic
        self._whole_seconds = whole_seconds

    async def send(self, pushes: Sequence[Push]) -> Sequence[Answer]:
        """As ``Pushes.send``."""
        body = await self._post(SEND, [_message(push) for push in pushes])
        try:
            tickets = _Tickets.model_validate_json(body).data
        except ValidationError:
            raise self._unreadable() from None
        if len(tickets) != len(pushes):
            raise self._unreadable()
        return [_answer(ticket) for ticket in tickets]

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        """As ``Pushes.receipts``."""
        body = await self._post(RECEIPTS, {"ids": list(tickets)})
        try:
            found = _Receipts.model_validate_json(body).data
        except ValidationError:
            raise self._unreadable() from None
        return {ticket: _answer(found[ticket]) for ticket in tickets if ticket in found}

    async def _post(self, path: str, wanted: Any) -> bytes:
        if not may_call(self._breaker, self._monotonic()):
            vendor_metrics.SKIPPED.labels(VENDOR, PUSH, "left_alone").inc()
            raise DependencyUnavailable("The push service is left alone for a while")
        self._settle(called(self._breaker))
        try:
            with vendor_metrics.calling(VENDOR, PUSH) as call:
                async with (
                    asyncio.timeout(self._whole_seconds),
                    self._client.stream(
                        "POST",
                        self._base_url + path,
                        json=wanted,
                        headers=self._headers,
                        timeout=TIMEOUT,
                        follow_redirects=False,
                    ) as response,
                ):
                    if response.status_code != httpx.codes.OK:
                        call.outcome = vendor_metrics.outcome_of(response.status_code)
                    return await self._body(response)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError):
            raise self._failure() from None
        except asyncio.CancelledError:
            # Nothing is known of it: the next call may try in its place.
            self._settle(dropped(self._breaker, self._monotonic()))
            raise

    async def _body(self, response: httpx.Response) -> bytes:
        if response.status_code in REFUSED:
            self._settle(answered(self._breaker))
            raise ValidationFailed(f"http_{response.status_code}")
        if response.status_code != httpx.codes.OK:
            wait = _seconds(response.headers.get("Retry-After"))
            raise self._failure(wait)
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise self._unreadable()
        self._settle(answered(self._breaker))
        return bytes(body)

    def _failure(self, wait: float = 0.0) -> DependencyUnavailable:
        self._settle(failed(self._breaker, LIMITS, self._monotonic(), wait=wait))
        return DependencyUnavailable("The push service does not answer")

    def _unreadable(self) -> DependencyUnavailable:
        return self._failure()

    def _settle(self, after: Breaker) -> None:
        self._breaker = after
        vendor_metrics.BREAKER_OPEN.labels(VENDOR, PUSH).set(after.state is not State.CLOSED)


def _message(push: Push) -> dict[str, Any]:
    # No sound: whoever waits for a calm track may be asleep.
    return {
        "to": push.token,
        "title": push.wording.title,
        "body": push.wording.body,
        "data": dict(push.data),
        "ttl": TTL_SECONDS,
        "priority": "default",
    }


def _answer(result: _Result) -> Answer:
    if result.status == "ok":
        return Answer(Word.OK, ticket=result.id)
    said = result.details.error or ""
    error = said if CODE.fullmatch(said) else "refused"
    if error == "DeviceNotRegistered":
        return Answer(Word.GONE, error=error)
    return Answer(Word.BUSY if error == "MessageRateExceeded" else Word.REFUSED, error=error)


def _seconds(value: str | None) -> float:
    # It may also be a date (RFC 9110): the breaker's own rest is right for what can't be read.
    try:
        return max(0.0, float(value or 0.0))
    except ValueError:
        return 0.0
