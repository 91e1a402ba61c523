"""An OpenAI-shaped moderation server.

https://platform.openai.com/docs/api-reference/moderations. One call is one request: the client's
own retries are off, and what stays unanswered is pending, to be asked about later.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import openai
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime import breaker, vendor_metrics
from pydantic import BaseModel, ConfigDict

from ab_session.domain.moderation.verdict import (
    OPENAI,
    SELF_HARM,
    Verdict,
    approved,
    rejected,
    uncertain,
)

MAX_BYTES = 1024 * 1024
MAX_AT_ONCE = 16
MAX_TEXTS = 32
LONGEST_WAIT = 600.0
TOO_MANY = 429
CATEGORIES = {
    "self-harm": SELF_HARM,
    "sexual/minors": "sexual_minors",
    "sexual": "sexual",
    "hate": "hate",
    "harassment": "harassment",
    "violence": "violence",
    "illicit": "illicit",
}
OTHER = "other"
MODERATE = "moderate"
logger = logging.getLogger("ab.session")


class _Result(BaseModel):
    model_config = ConfigDict(extra="ignore")

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    results: list[_Result]


class OpenAIModerator:
    """Implements ``Moderator``: a deadline, a bound on questions at once, and a breaker.

    ``certain`` is the score from which a flagged text is rejected; below it a person decides.
    """

    name = OPENAI

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        seconds: float,
        certain: float,
        *,
        limits: breaker.Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._model = model
        self._seconds = seconds
        self._certain = certain
        self._limits = limits or breaker.Limits()
        self._clock = clock
        self._breaker = breaker.Breaker()
        self._busy = 0
        self._settle(self._breaker)

    async def judge(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        """As ``Moderator.judge``; all of it within the deadline."""
        if not breaker.may_call(self._breaker, self._clock()) or self._busy >= MAX_AT_ONCE:
            vendor_metrics.SKIPPED.labels(OPENAI, MODERATE, "left_alone").inc()
            raise DependencyUnavailable("Moderation is left alone for a while")
        self._breaker = breaker.called(self._breaker)
        self._busy += 1
        try:
            with vendor_metrics.calling(OPENAI, MODERATE):
                async with asyncio.timeout(self._seconds):
                    results = await self._all(texts)
        except openai.APIStatusError as error:
            self._failed(_asked_rest(error))
            raise DependencyUnavailable("Moderation refuses to be asked") from None
        # Of the client and what it stands on, of pydantic, of the deadline: an answer that is none.
        except Exception:
            self._failed()
            raise DependencyUnavailable("Moderation gives no answer that can be read") from None
        except BaseException:
            self._settle(breaker.dropped(self._breaker, self._clock()))
            raise
        finally:
            self._busy -= 1
        self._settle(breaker.answered(self._breaker))
        return tuple(verdict_of(result, self._certain) for result in results)

    async def _all(self, texts: Sequence[str]) -> list[_Result]:
        results: list[_Result] = []
        for first in range(0, len(texts), MAX_TEXTS):
            results += await self._ask(texts[first : first + MAX_TEXTS])
        return results

    async def _ask(self, texts: Sequence[str]) -> list[_Result]:
        create = self._client.moderations.with_streaming_response.create
        async with create(model=self._model, input=list(texts)) as response:
            body = bytearray()
            async for part in response.iter_bytes():
                body += part
                if len(body) > MAX_BYTES:
                    raise ValueError("the answer is too large")
        results = _Answer.model_validate_json(bytes(body)).results
        if len(results) != len(texts):
            # Nobody can tell which text was left out.
            raise ValueError("not as many answers as questions")
        return results

    def _failed(self, wait: float = 0.0) -> None:
        now = self._clock()
        after = breaker.failed(self._breaker, self._limits, now, wait=wait)
        if after.state is breaker.State.OPEN and self._breaker.state is not breaker.State.OPEN:
            rest = round(after.retry_at - now, 1)
            logger.error("Moderation is left alone", extra={"seconds": rest})
        self._settle(after)

    def _settle(self, after: breaker.Breaker) -> None:
        self._breaker = after
        vendor_metrics.BREAKER_OPEN.labels(OPENAI, MODERATE).set(
            after.state is not breaker.State.CLOSED
        )


def verdict_of(result: _Result, certain: float) -> Verdict:
    """What a result means here; a category nobody knows is looked at by a person."""
    named = [name for name, given in result.categories.items() if given]
    if not result.flagged and not named:
        return approved(OPENAI)
    scores = {name: result.category_scores.get(name, 0.0) for name in named}
    found = {category_of(name): score for name, score in sorted(scores.items(), key=_by_score)}
    # A doubt about these is not left to a queue. Self-harm first: whoever is in need is answered
    # with care, whatever else is in the line.
    never = [category for category in (SELF_HARM, "sexual_minors") if category in found]
    if never:
        return rejected(OPENAI, never[0])
    worst = max(found, key=lambda category: found[category], default=OTHER)
    if worst != OTHER and found[worst] >= certain:
        return rejected(OPENAI, worst)
    return uncertain(OPENAI, worst)


def category_of(name: str) -> str:
    """Our category for one of the vendor's, of which some are parts of others."""
    return CATEGORIES.get(name) or CATEGORIES.get(name.partition("/")[0], OTHER)


def _by_score(pair: tuple[str, float]) -> float:
    return pair[1]


def _asked_rest(error: openai.APIStatusError) -> float:
    """Seconds that a 429 asks to be left alone; a date or nonsense asks for nothing."""
    if error.status_code != TOO_MANY:
        return 0.0
    try:
        wait = float(error.response.headers.get("retry-after", "0"))
    except ValueError:
        return 0.0
    return wait if 0 <= wait <= LONGEST_WAIT else 0.0
