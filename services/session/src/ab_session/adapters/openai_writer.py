"""An OpenAI-shaped chat server that writes affirmations.

https://platform.openai.com/docs/api-reference/chat/create with structured output. One call is one
request: the client's own retries are off, and callers decide what a second attempt is worth.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, cast

import openai
from ab_shared.errors import DeadlineExceeded, DependencyUnavailable
from ab_shared.runtime import breaker, vendor_metrics
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONSchema
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ab_session.domain.spending import Prices, Usage
from ab_session.domain.writer.telling import Said
from ab_session.writer_ports import Answered, Trouble, TurnedAway

MAX_BYTES = 256 * 1024
MAX_AT_ONCE = 16
CONNECT_SECONDS = 2.0
LONGEST_WAIT = 600.0
TOO_MANY = 429
# About what was said, such as a filter that a listener's words set off: the server is well.
UNWELCOME = frozenset({400, 413, 422})
SCHEMA: ResponseFormatJSONSchema = {
    "type": "json_schema",
    "json_schema": {
        "name": "affirmations",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"lines": {"type": "array", "items": {"type": "string"}}},
            "required": ["lines"],
            "additionalProperties": False,
        },
    },
}
VENDOR, WRITE = "openai", "write"
logger = logging.getLogger("ab.session")


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Message(_Read):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Read):
    message: _Message
    finish_reason: str | None = None


class _Cached(_Read):
    cached_tokens: int | None = Field(default=0, ge=0)


class _Usage(_Read):
    prompt_tokens: int = Field(default=0, ge=0)
    completion_tokens: int = Field(default=0, ge=0)
    prompt_tokens_details: _Cached | None = None


class _Completion(_Read):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class _Lines(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    lines: list[str]


class OpenAIWriter:
    """Implements ``Model``: a deadline, a bound on calls at once, and a breaker."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        prices: Prices,
        *,
        limits: breaker.Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = model
        self.prices = prices
        self._client = client
        self._limits = limits or breaker.Limits()
        self._clock = clock
        self._breaker = breaker.Breaker()
        self._busy = 0
        self._settle(self._breaker)

    @property
    def resting(self) -> bool:
        """As ``Model.resting``."""
        return not breaker.may_call(self._breaker, self._clock())

    async def answer(self, said: Sequence[Said], most_tokens: int, deadline: float) -> Answered:
        """As ``Model.answer``."""
        if self.resting or self._busy >= MAX_AT_ONCE:
            vendor_metrics.SKIPPED.labels(VENDOR, WRITE, "left_alone").inc()
            raise TurnedAway("The writer is left alone for a while")
        self._breaker = breaker.called(self._breaker)
        self._busy += 1
        try:
            with vendor_metrics.calling(VENDOR, WRITE):
                async with asyncio.timeout_at(deadline):
                    body = await self._ask(said, most_tokens)
            answered = _read(body)
        except TimeoutError:
            self._failed()
            raise DeadlineExceeded("The writer does not answer in time") from None
        except openai.APIStatusError as error:
            if error.status_code in UNWELCOME:
                self._settle(breaker.answered(self._breaker))
            else:
                self._failed(_asked_rest(error))
            raise TurnedAway("The writer refuses to be asked") from None
        # Some of it is the client's, some its transport's: a body that ends early has no name here.
        except Exception:
            self._failed()
            raise DependencyUnavailable("The writer gives no answer that can be read") from None
        except BaseException:
            self._settle(breaker.dropped(self._breaker, self._clock()))
            raise
        finally:
            self._busy -= 1
        self._settle(breaker.answered(self._breaker))
        return answered

    async def _ask(self, said: Sequence[Said], most_tokens: int) -> bytes:
        messages = [{"role": one.role, "content": one.text} for one in said]
        create = self._client.chat.completions.with_streaming_response.create
        async with create(
            model=self.name,
            messages=cast("list[ChatCompletionMessageParam]", messages),
            response_format=SCHEMA,
            max_completion_tokens=most_tokens,
        ) as response:
            body = bytearray()
            async for part in response.iter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise ValueError("the answer is too large")
            return bytes(body)

    def _failed(self, wait: float = 0.0) -> None:
        now = self._clock()
        after = breaker.failed(self._breaker, self._limits, now, wait=wait)
        if after.state is breaker.State.OPEN and self._breaker.state is not breaker.State.OPEN:
            rest = round(after.retry_at - now, 1)
            logger.error("The writer is left alone", extra={"model": self.name, "seconds": rest})
        self._settle(after)

    def _settle(self, after: breaker.Breaker) -> None:
        self._breaker = after
        vendor_metrics.BREAKER_OPEN.labels(VENDOR, WRITE).set(
            after.state is not breaker.State.CLOSED
        )


def open_client(api_key: str, base_url: str, seconds: float) -> openai.AsyncOpenAI:
    """The vendor's client without its retries; close it when done."""
    timeout = openai.Timeout(seconds, connect=CONNECT_SECONDS)
    return openai.AsyncOpenAI(api_key=api_key, base_url=base_url, timeout=timeout, max_retries=0)


def _read(body: bytes) -> Answered:
    """The first choice; ValueError where the body is no chat completion at all."""
    completion = _Completion.model_validate_json(body)
    choice, usage = completion.choices[0], _usage(completion.usage)
    content = choice.message.content or ""
    if choice.message.refusal or choice.finish_reason == "content_filter":
        return Answered("", usage, trouble=Trouble.REFUSED)
    if choice.finish_reason == "length":
        return Answered(content, usage, trouble=Trouble.CUT)
    try:
        lines = _Lines.model_validate_json(content).lines
    except ValidationError:
        return Answered(content, usage, trouble=Trouble.MALFORMED)
    return Answered(content, usage, tuple(" ".join(line.split()) for line in lines))


def _usage(told: _Usage | None) -> Usage:
    if told is None:
        return Usage()
    details = told.prompt_tokens_details
    cached = (details.cached_tokens or 0) if details else 0
    return Usage(told.prompt_tokens, cached, told.completion_tokens)


def _asked_rest(error: openai.APIStatusError) -> float:
    """Seconds that a 429 asks to be left alone; a date or nonsense asks for nothing."""
    headers: Any = error.response.headers
    try:
        wait = float(headers.get("retry-after", "0")) if error.status_code == TOO_MANY else 0.0
    except ValueError:
        return 0.0
    return wait if 0 <= wait <= LONGEST_WAIT else 0.0
