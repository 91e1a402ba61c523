from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from ab_shared.contracts.catalogue import SERVICES, Kind, heard_by
from ab_shared.contracts.log_levels import LogLevel, LogLevelSet
from ab_shared.messaging.topology import is_live
from ab_shared.runtime.log_levels import LogLevels
from pydantic import ValidationError

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
ours = logging.getLogger("ab")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = ours.level
    ours.setLevel("INFO")
    yield
    ours.setLevel(before)


class Queued(logging.Handler):
    """Puts what is logged where it can be awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put_nowait(record.getMessage())


@contextmanager
def listening() -> Iterator[asyncio.Queue[str]]:
    handler = Queued()
    ours.addHandler(handler)
    try:
        yield handler.lines
    finally:
        ours.removeHandler(handler)


def levels(now: datetime = NOW) -> LogLevels:
    return LogLevels("tts", "INFO", lambda: now)


def asked(
    level: LogLevel = "DEBUG",
    service: str | None = "tts",
    *,
    at: float = 0,
    seconds: float = 60,
) -> LogLevelSet:
    set_at = NOW + timedelta(seconds=at)
    until = set_at + timedelta(seconds=seconds)
    return LogLevelSet(service=service, level=level, set_at=set_at, until=until, actor="maria")


@pytest.mark.parametrize("service", ["tts", None])
async def test_the_level_changes_and_comes_back(service: str | None) -> None:
    with listening() as lines:
        await levels().take(asked(service=service, seconds=0.05))
        assert ours.level == logging.DEBUG
        assert "another now" in await asyncio.wait_for(lines.get(), 5)
        assert "of the settings again" in await asyncio.wait_for(lines.get(), 5)
    assert ours.level == logging.INFO


async def test_what_is_for_others_or_over_changes_nothing() -> None:
    under_test = levels()
    await under_test.take(asked(service="session"))
    await under_test.take(asked(at=-120, seconds=60))
    assert ours.level == logging.INFO


async def test_the_latest_word_counts_in_any_order() -> None:
    under_test = levels()
    first, second = asked("DEBUG", at=1), asked("ERROR", at=2)
    for event in (second, first, second):
        await under_test.take(event)
    assert ours.level == logging.ERROR
    under_test.close()


async def test_a_new_level_outlives_the_end_of_the_old_one() -> None:
    under_test = levels()
    with listening() as lines:
        await under_test.take(asked("DEBUG", seconds=0.02))
        await under_test.take(asked("ERROR", at=1, seconds=60))
        await asyncio.sleep(0.1)  # longer than the first was to last
    assert ours.level == logging.ERROR
    assert lines.qsize() == 2
    under_test.close()


async def test_who_changed_it_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    under_test = levels()
    await under_test.take(asked("ERROR"))
    (record,) = caplog.records
    assert (vars(record)["actor"], vars(record)["to"]) == ("maria", "ERROR")
    under_test.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_process_of_every_service_hears_it(service: str) -> None:
    (route,) = [r for r in heard_by(service, Kind.EVENT) if r.message is LogLevelSet]
    assert is_live(route, service)


@pytest.mark.parametrize("seconds", [0, -1, 24 * 3600 + 1])
def test_nobody_may_set_a_level_for_ever(seconds: float) -> None:
    with pytest.raises(ValidationError, match="a day at the most"):
        asked(seconds=seconds)
