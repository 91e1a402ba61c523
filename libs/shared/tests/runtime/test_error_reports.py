from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.context import Context, bound
from ab_shared.runtime.error_reports import (
    FLUSH_SECONDS,
    MOST_IN_ALL,
    MOST_OF_A_PLACE,
    WINDOW_SECONDS,
    Rate,
    reporting,
)
from ab_shared.runtime.release import release_of
from ab_shared.runtime.scrubbing import GONE, Scrubber
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr
from simulators.sentry import Sentry, playing_sentry

log = logging.getLogger("ab.tts")
LINE = "I am calm and Maria knows"
ADDRESS = "maria@example.org"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyXzEifQ.c2lnbmF0dXJl"
LINK = "https://c.example/a?Signature=abcdefgh"


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with playing_sentry() as playing:
        yield playing


def started(dsn: str | None) -> AbstractContextManager[None]:
    secret = SecretStr(dsn) if dsn else None
    return reporting("tts", "staging", secret, Scrubber(["the pool's own word"]))


def test_an_error_is_reported_with_its_place_and_ids(sentry: Sentry) -> None:
    with started(sentry.dsn), bound(Context(request_id="r", correlation_id="c")):
        try:
            int("1.5")
        except ValueError:
            log.exception("could not read %s", "a number", extra={"job_id": "j", "attempt": 2})
    (event,) = sentry.events(1)
    assert event["logentry"]["message"] == "could not read a number"
    assert (event["level"], event["environment"]) == ("error", "staging")
    assert event["release"] == f"tts@{release_of('tts')}"
    assert event["tags"] == {"service": "tts", "request_id": "r", "correlation_id": "c"}
    assert event["extra"] == {"job_id": "j", "attempt": 2}
    (value,) = event["exception"]["values"]
    assert value["type"] == "ValueError"
    assert value["stacktrace"]["frames"][-1]["function"] == (
        "test_an_error_is_reported_with_its_place_and_ids"
    )


def test_warnings_are_none(sentry: Sentry) -> None:
    with started(sentry.dsn):
        log.warning("only a warning")
        log.error("one error")
    (event,) = sentry.events(1)
    assert event["logentry"]["message"] == "one error"


def fail(line: str) -> None:
    held_here = f"a variable with {line}"
    message = f"{held_here!r} failed"
    raise ValueError(message)


def test_nothing_private_leaves(sentry: Sentry) -> None:
    with started(sentry.dsn):
        try:
            fail(LINE)
        except ValueError:
            log.exception("%s said %r", ADDRESS, LINE, extra={"lines": [LINE], "url": LINK})
        log.error("with %s and %s", "the pool's own word", TOKEN)
    first, second = sentry.events(2)
    assert first["exception"]["values"][0]["value"] == f"'{GONE}' failed"
    assert first["logentry"] == {"message": f"{GONE} said '{GONE}'"}
    assert first["extra"] == {"lines": GONE, "url": f"https://c.example/a?{GONE}"}
    assert second["logentry"] == {"message": f"with {GONE} and {GONE}"}
    # Lines of this file are in the report as the place of the error; values may not be.
    for event in (first, second):
        for value in event.pop("exception", {}).get("values", []):
            assert all("vars" not in frame for frame in value["stacktrace"]["frames"])
        for planted in (LINE, ADDRESS, "own word", TOKEN, "abcdefgh"):
            assert planted not in str(event)


def test_equal_dead_letters_are_one_issue(sentry: Sentry) -> None:
    with started(sentry.dsn):
        for line in (10, 20):
            stack = ["/a/b.py:1 run", f"/a/c.py:{line} fail"]
            log.error("a message became a dead letter", extra={"stack": stack})
    first, second = sentry.events(2)
    assert first["fingerprint"] == second["fingerprint"]
    assert first["extra"]["stack"][-1] == "/a/c.py:10 fail"


def test_without_a_dsn_nobody_is_told(sentry: Sentry) -> None:
    with started(None):
        log.error("unheard")
    assert sentry.raw == []


def test_a_dsn_that_is_none_is_named_and_not_shown() -> None:
    with pytest.raises(SettingsInvalid, match="SENTRY_DSN") as refused, started("no-dsn-at-all"):
        pass
    assert "no-dsn" not in refused.value.message


@pytest.mark.parametrize("status", [429, 500])
def test_a_sentry_that_refuses_holds_nobody_up(sentry: Sentry, status: int) -> None:
    sentry.status = status
    before = time.monotonic()
    with started(sentry.dsn):
        for _ in range(300):
            log.error("again")
    assert time.monotonic() - before < FLUSH_SECONDS + 5
    assert sentry.raw == []


class Odd:
    """A value that tells what somebody wrote."""

    def __repr__(self) -> str:
        return f"Odd(line={LINE!r})"


class Broken:
    """A value that cannot be told."""

    def __repr__(self) -> str:
        raise RuntimeError(LINE)


def test_odd_values_cost_no_report_and_tell_nothing(sentry: Sentry) -> None:
    with started(sentry.dsn):
        log.error("told", extra={"odd": Odd(), "broken": Broken()})
    (event,) = sentry.events(1)
    assert event["extra"]["odd"] == f"Odd(line='{GONE}')"
    assert "Maria" not in str(event)


def test_of_a_storm_only_the_beginning_is_reported(sentry: Sentry) -> None:
    with started(sentry.dsn):
        for number in range(MOST_OF_A_PLACE * 3):
            log.error("number %d", number)
        log.error("something else")
    words = [event["logentry"]["message"] for event in sentry.events(MOST_OF_A_PLACE + 1)]
    assert words == [*(f"number {n}" for n in range(MOST_OF_A_PLACE)), "something else"]


def test_a_minute_later_it_is_reported_again() -> None:
    clock = FakeClock()
    rate = Rate(clock.monotonic)

    def passed(places: int, times: int) -> int:
        lines = [line for line in range(places) for _ in range(times)]
        return sum(rate.filter(logging.LogRecord("ab", 40, "a.py", n, "", (), None)) for n in lines)

    assert passed(1, 100) == MOST_OF_A_PLACE
    assert passed(100, 2) == MOST_IN_ALL - MOST_OF_A_PLACE
    clock.advance(WINDOW_SECONDS)
    assert passed(100, 2) == MOST_IN_ALL
