"""The plans as a file that may change while the service runs."""

from __future__ import annotations

import hashlib
import logging
import time
import tomllib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from ab_shared.errors import SettingsInvalid
from prometheus_client import Counter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ab_entitlement.domain.plans import Budget, Plan, PlanName, Plans

SHIPPED = Path(__file__).parents[1] / "plans.toml"
LOOK_SECONDS = 2.0
# Beyond any plan, short of what a column or a number in the app can hold.
MOST = 1_000_000_000
LOADS = Counter("ab_plans_loads_total", "Plan files read, by outcome.", ("outcome",))
logger = logging.getLogger("ab.entitlement")

Limit = Annotated[int, Field(ge=0, le=MOST)] | Literal["unlimited"]
Name = Annotated[str, Field(min_length=1, max_length=64)]


class _Table(BaseModel):
    # A limit that is misspelt would not limit anything: unknown names are refused.
    model_config = ConfigDict(extra="forbid", strict=True)


class PlanTable(_Table):
    """One plan as it is written."""

    daily_generations: Limit
    lines_per_session: Annotated[int, Field(ge=1, le=MOST)] | Literal["unlimited"]
    offline_downloads: bool
    mixdown_minutes: Limit
    voices: Annotated[list[Name], Field(min_length=1)] | Literal["all"]
    daily_characters: Limit
    daily_rendered_seconds: Limit
    granted_by: list[Name] = []


class PlanNames(_Table):
    """The plans the app knows."""

    free: PlanTable
    pro: PlanTable


class PlanDocument(_Table):
    """A whole file."""

    version: Name
    day: Literal["utc", "user"]
    hold_minutes: Annotated[int, Field(ge=15, le=1440)]
    optimism_hours: Annotated[int, Field(ge=0, le=240)]
    plans: PlanNames


class FilePlans:
    """Implements ``PlanBook``; ``adjust`` is laid over whatever the file says."""

    def __init__(
        self, path: Path | None, adjust: Callable[[Plans], Plans] = lambda plans: plans
    ) -> None:
        self._path = path or SHIPPED
        self._adjust = adjust
        self._seen = self._mark()
        self._looked = time.monotonic()
        try:
            self._plans = self._load()
        except (OSError, ValueError) as error:
            # At the start there are no plans before it that could stay in force.
            raise SettingsInvalid(f"PLANS_FILE: {_why(error)}") from None

    @property
    def plans(self) -> Plans:
        """As the file says, at most a few seconds late."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self.look()
        return self._plans

    def look(self) -> None:
        """Takes a file that has changed; one that is broken or gone leaves all as it was."""
        self._looked = time.monotonic()
        mark = self._mark()
        if mark == self._seen:
            return
        self._seen = mark
        try:
            self._plans = self._load()
        except (OSError, ValueError) as error:
            self._refuse(error)
            return
        logger.info("New plans are in force", extra={"version": self._plans.version})

    def _refuse(self, error: Exception) -> None:
        LOADS.labels("refused").inc()
        extra = {"why": _why(error), "in_force": self._plans.version}
        logger.error("The new plans are refused, the old ones stay", extra=extra)

    def _load(self) -> Plans:
        plans = self._adjust(parse(self._path.read_bytes()))
        LOADS.labels("taken").inc()
        return plans

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        # A file that is moved into place may be older than the one before it.
        return found.st_mtime_ns, found.st_size, found.st_ino


def parse(written: bytes) -> Plans:
    """The plans in a TOML file.

    Raises:
        ValueError: not TOML, an unknown or missing name, or a value beyond its bounds.
    """
    document = PlanDocument.model_validate(tomllib.loads(written.decode()))
    digest = hashlib.sha256(written).hexdigest()[:8]
    return Plans(
        free=_plan("free", document.plans.free),
        pro=_plan("pro", document.plans.pro),
        version=f"{document.version}-{digest}",
        day=document.day,
        hold=timedelta(minutes=document.hold_minutes),
        optimism=timedelta(hours=document.optimism_hours),
    )


def _plan(name: PlanName, table: PlanTable) -> Plan:
    return Plan(
        name,
        daily_generations=_limit(table.daily_generations),
        offline_downloads=table.offline_downloads,
        lines_per_session=_limit(table.lines_per_session),
        mixdown_minutes=_limit(table.mixdown_minutes),
        voices=None if table.voices == "all" else frozenset(table.voices),
        budget=Budget(_limit(table.daily_characters), _limit(table.daily_rendered_seconds)),
        granted_by=frozenset(table.granted_by),
    )


def _limit(written: int | Literal["unlimited"]) -> int | None:
    return None if written == "unlimited" else written


def _why(error: Exception) -> str:
    if isinstance(error, ValidationError):
        rows = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows)
    return str(error) or type(error).__name__
