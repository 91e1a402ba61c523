"""What waits is shown by kind, and no kind keeps showing what is over."""

from __future__ import annotations

from datetime import timedelta

from ab_session.backlog_ports import Waiting
from ab_session.usecases.tell_jobs import TellJobs
from ab_shared.testing.clock import FakeClock
from prometheus_client import REGISTRY


class Backlog:
    """Implements ``JobBacklog``."""

    def __init__(self) -> None:
        self.found: dict[str, Waiting] = {}

    async def waiting(self) -> dict[str, Waiting]:
        return self.found

    async def holding(self, _before: object) -> set[object]:
        return set()


def shown(name: str, kind: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"kind": kind})


async def test_each_kind_shows_its_number_and_its_oldest() -> None:
    backlog, clock = Backlog(), FakeClock()
    tell = TellJobs(backlog, clock)
    backlog.found = {"audio": Waiting(3, clock() - timedelta(seconds=90))}
    await tell()
    assert (shown("ab_jobs_open", "audio"), shown("ab_jobs_oldest_seconds", "audio")) == (3, 90)
    assert (shown("ab_jobs_open", "mixdown"), shown("ab_jobs_open", "catalogue")) == (0, 0)
    backlog.found = {}
    await tell()
    assert (shown("ab_jobs_open", "audio"), shown("ab_jobs_oldest_seconds", "audio")) == (0, 0)
