from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from ab_shared.runtime import logs
from ab_shared.runtime.context import Context, bound
from ab_shared.runtime.scrubbing import Scrubber
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags


@pytest.fixture
def restored() -> Iterator[None]:
    """Gives the process its own loggers back."""
    names = (None, "ab", "uvicorn", "uvicorn.error", "uvicorn.access")
    found = [logging.getLogger(name) for name in names]
    before = [(log, log.handlers[:], log.level, log.propagate) for log in found]
    yield
    for log, handlers, level, propagate in before:
        log.handlers[:] = handlers
        log.setLevel(level)
        log.propagate = propagate


@pytest.fixture
def written(restored: None) -> io.StringIO:
    """What the process of the tts service writes."""
    del restored
    stream = io.StringIO()
    logs.configure("tts", "INFO", stream)
    return stream


def rows(stream: io.StringIO) -> list[dict[str, Any]]:
    text = stream.getvalue()
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def only(stream: io.StringIO) -> dict[str, Any]:
    (row,) = rows(stream)
    return row


def test_a_line_is_one_object_with_its_ids(written: io.StringIO) -> None:
    with bound(Context(correlation_id="c", request_id="r")):
        logging.getLogger("ab.tts").info("spoke %d lines", 3)
    row = only(written)
    age = datetime.now(UTC) - datetime.fromisoformat(row.pop("at"))
    assert 0 <= age.total_seconds() < 10
    assert row == {
        "level": "INFO",
        "service": "tts",
        "logger": "ab.tts",
        "message": "spoke 3 lines",
        "request_id": "r",
        "correlation_id": "c",
    }


def test_a_line_inside_a_trace_leads_to_it(written: io.StringIO) -> None:
    context = SpanContext(1, 2, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(context)):
        logging.getLogger("ab.tts").info("inside")
    row = only(written)
    assert (row["trace_id"], row["span_id"]) == (f"{1:032x}", f"{2:016x}")


def test_extra_fields_stand_beside_the_message(written: io.StringIO) -> None:
    extra = {"job_id": UUID(int=1), "took_ms": 1.5, "stages": ["a"], "error": None}
    logging.getLogger("ab.tts").info("done", extra=extra)
    row = only(written)
    assert {key: row[key] for key in extra} == extra | {"job_id": str(UUID(int=1))}


@pytest.mark.parametrize(
    "odd", [{1: "a"}, {(1, 2): "a"}, 2**70, "half a \ud800", object()], ids=repr
)
def test_what_json_has_no_word_for_does_not_lose_the_line(
    written: io.StringIO, capsys: pytest.CaptureFixture[str], odd: object
) -> None:
    logging.getLogger("ab.tts").info("odd", extra={"odd": odd, "job_id": "j"})
    row = only(written)
    assert (row["message"], row["job_id"]) == ("odd", "j")
    assert capsys.readouterr().err == ""


def test_line_feeds_do_not_make_two_lines_of_one(written: io.StringIO) -> None:
    logging.getLogger("ab.tts").warning("one\ntwo\r\nthree\u2028four")
    assert written.getvalue().count("\n") == 1
    assert json.loads(written.getvalue())["message"] == "one\ntwo\r\nthree\u2028four"


def test_an_exception_is_in_the_same_line(written: io.StringIO) -> None:
    try:
        int("broken")
    except ValueError:
        logging.getLogger("ab.tts").exception("failed")
    row = only(written)
    assert row["level"] == "ERROR"
    assert row["exception"].startswith("Traceback")
    assert row["exception"].endswith("'broken'")
    assert "test_an_exception_is_in_the_same_line" in row["exception"]
    assert written.getvalue().count("\n") == 1


def test_a_library_is_heard_when_something_is_wrong(written: io.StringIO) -> None:
    for name in ("uvicorn.error", "aiormq", "uvicorn.access"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    assert [row["message"] for row in rows(written)] == ["trouble"] * 3


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 4), ("WARNING", 2)])
@pytest.mark.usefixtures("restored")
def test_the_level_is_that_of_our_own_loggers(level: str, count: int) -> None:
    stream = io.StringIO()
    log = logs.configure("tts", level, stream)
    assert log.name == "ab.tts"
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        log.log(number, "x")
    assert len(rows(stream)) == count


def test_configuring_again_does_not_say_it_twice(written: io.StringIO) -> None:
    logs.configure("tts", "INFO", written)
    logging.getLogger("ab.tts").info("once")
    assert only(written)["message"] == "once"


def test_a_user_is_named_by_a_hash() -> None:
    assert logs.hashed("user_2a") == logs.hashed("user_2a") != logs.hashed("user_2b")
    assert len(logs.hashed("user_2a")) == 16
    assert "user" not in logs.hashed("user_2a")


def test_what_is_private_stands_in_no_line(restored: None) -> None:
    del restored
    stream = io.StringIO()
    logs.configure("tts", "INFO", stream, Scrubber(["the pool's own word"]))
    log = logging.getLogger("ab.tts")
    log.info("to %s with the pool's own word", "maria@example.org", extra={"lines": ["I am calm"]})
    logging.getLogger("asyncio").error("never retrieved: ValueError('I am calm')")
    said = "I am calm"
    try:
        int(said)
    except ValueError:
        log.exception("failed", extra={"url": "https://c.example/a?Signature=by-us"})
    text = stream.getvalue()
    assert [row["message"][:6] for row in rows(stream)] == ["to [sc", "never ", "failed"]
    for planted in ("maria", "the pool's own", "base 10: 'I am", "Error('I am", '["I am', "by-us"):
        assert planted not in text
