"""Going round: every look, bounded, again and again; what fails leaves what was seen last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

from prometheus_client import Gauge

from ab_operator.watching import metrics
from ab_operator.watching.looks import (
    NEVER,
    certificate_end,
    disk_free,
    newest_backup,
    newest_object,
)
from ab_operator.watching.outside import ask
from ab_operator.watching.settings import WatchSettings

logger = logging.getLogger("ab.watch")
BUCKET = "s3://"
# Of a look's time: who is silent until then is away, and the look itself has not failed.
URL_SHARE = 0.8


@dataclass(slots=True)
class Look:
    """One figure and how it is found; ``what`` names it when that fails."""

    what: str
    find: Callable[[], Awaitable[float]]
    gauge: Gauge
    label: str
    running: asyncio.Task[float] | None = None

    async def take(self, seconds: float) -> bool:
        """Shows what is found within ``seconds``; False, and counted, when it is not."""
        # A disk that hangs holds its thread: it is asked again when the last question has ended.
        if self.running is None or self.running.done():
            self.running = asyncio.ensure_future(self.find())
        try:
            found = await asyncio.wait_for(asyncio.shield(self.running), seconds)
        except Exception as error:  # whatever a look raises means: it was not seen
            metrics.FAILURES.labels(self.what).inc()
            extra = {"what": self.what, "error": type(error).__name__}
            logger.warning("A look has failed", extra=extra)
            return False
        self.gauge.labels(self.label).set(found)
        return True


@dataclass(slots=True)
class Watch:
    """All looks of one process."""

    settings: WatchSettings
    looks: list[Look] = field(init=False)
    rounds: int = 0

    def __post_init__(self) -> None:
        self.looks = list(_looks(self.settings))
        for look in self.looks:
            metrics.FAILURES.labels(look.what)
        for name in self.settings.watch_backups:
            # Not seen yet is no backup: an alert shall not wait for the first success.
            metrics.BACKUP.labels(name).set(NEVER)
        for name, day in self.settings.watch_secrets.items():
            midnight = datetime.combine(day, time(), UTC)
            metrics.SECRET.labels(name).set(midnight.timestamp())

    async def go_round(self) -> int:
        """Takes every look at once; how many have failed."""
        taken = await asyncio.gather(
            *(look.take(self.settings.watch_look_seconds) for look in self.looks)
        )
        self.rounds += 1
        return taken.count(False)

    async def keep_going(self) -> None:
        """Goes round until it is cancelled."""
        while True:
            await self.go_round()
            await asyncio.sleep(self.settings.watch_every_seconds)

    async def check(self) -> None:
        """Raises until everything was looked at once."""
        if not self.rounds:
            raise RuntimeError("nothing was looked at yet")


def _looks(settings: WatchSettings) -> Iterator[Look]:
    for host in settings.watch_certificates:
        look = _ended(partial(certificate_end, host), settings)
        yield Look(f"certificate {host}", look, metrics.CERTIFICATE, host)
    for name, place in settings.watch_backups.items():
        yield Look(f"backup {name}", _backup(settings, place), metrics.BACKUP, name)
    for path in settings.watch_disks:
        yield Look(f"disk {path}", _threaded(partial(disk_free, path)), metrics.DISK, path)
    for name, address in settings.watch_urls.items():
        asked = partial(_asked, name, address, settings.watch_look_seconds * URL_SHARE)
        yield Look(f"url {name}", asked, metrics.URL_UP, name)


async def _asked(name: str, address: str, seconds: float) -> float:
    answer = await ask(address, seconds)
    metrics.URL_SECONDS.labels(name).set(answer.seconds)
    if not answer.up:
        extra = {"what": f"url {name}", "error": answer.why}
        logger.warning("An address does not answer as it should", extra=extra)
    return float(answer.up)


def _backup(settings: WatchSettings, place: str) -> Callable[[], Awaitable[float]]:
    if place.startswith(BUCKET):
        return _ended(partial(newest_object, settings, place), settings)
    return _threaded(partial(newest_backup, Path(place)))


def _threaded(find: Callable[[], float]) -> Callable[[], Awaitable[float]]:
    return partial(asyncio.to_thread, find)


def _ended(
    find: Callable[[], Awaitable[float]], settings: WatchSettings
) -> Callable[[], Awaitable[float]]:
    """What waits for a network lets go of it when its time is over; a thread cannot."""

    async def within() -> float:
        async with asyncio.timeout(settings.watch_look_seconds):
            return await find()

    return within
