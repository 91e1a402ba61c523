"""All that a shelf is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from ab_session.domain.brain_layer import BrainLayer
from ab_session.domain.listener import PathStep
from ab_session.domain.listening.tallies import Tally

HOURS = 24
NEVER = (0,) * HOURS
# Once may be a call at the door.
GIVEN_UP_FROM = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session that may be shown."""

    session_id: UUID
    title: str
    goal_tag: str | None
    voice_id: str
    layer: BrainLayer
    own: bool = False
    lines: int = 0

    @property
    def goal(self) -> str:
        """Its goal as tables name it; empty for none."""
        return (self.goal_tag or "").strip().lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class History:
    """What a listener ever did with one session.

    ``by_hour`` counts starts in their hours that were not given up early.
    """

    starts: int = 0
    completes: int = 0
    abandons: int = 0
    early_abandons: int = 0
    replays: int = 0
    skips: int = 0
    mix_changes: int = 0
    recent: int = 0
    by_hour: tuple[int, ...] = NEVER
    last_start: date | None = None

    @property
    def heard(self) -> bool:
        """Whether they ever listened to it, even where only the end was told."""
        return bool(self.starts or self.completes or self.replays or self.abandons)

    @property
    def given_up(self) -> bool:
        """Whether they left it early again and again, and as often as they finished it."""
        return self.early_abandons >= max(GIVEN_UP_FROM, self.completes)

    def around(self, hour: int) -> int:
        """How often they started it within an hour of this one, and stayed."""
        return sum(self.by_hour[(hour + step) % HOURS] for step in (-1, 0, 1))


UNHEARD = History()


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is heard when a card is played: a session has its voice and its tone."""

    session_id: UUID
    background_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What was on the shelf on both days before: it has to make room."""

    recipes: frozenset[Recipe] = frozenset()
    sessions: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Listener:
    """Who the shelf is for, and when: ``day`` and ``hour`` are theirs."""

    user_id: str
    day: date
    hour: int
    goal: str | None = None
    voice_id: str | None = None
    background_id: str | None = None
    sound: str | None = None
    guidance: str | None = None
    path: PathStep | None = None
    histories: Mapping[UUID, History] = field(default_factory=dict)
    shown_twice: Shown = Shown()

    def after(self, shown: Shown) -> Listener:
        """The same, who saw this on both days before."""
        return replace(self, shown_twice=shown)

    def history(self, session_id: UUID) -> History:
        """What they did with it."""
        return self.histories.get(session_id, UNHEARD)


def shown_on_both_days(rows: Iterable[tuple[date, Recipe]], today: date) -> Shown:
    """What was shown yesterday and the day before, out of what was shown when."""
    days: dict[date, set[Recipe]] = {}
    for day, recipe in rows:
        days.setdefault(day, set()).add(recipe)
    last, before = (days.get(today - timedelta(days=back), set()) for back in (1, 2))
    sessions = ({recipe.session_id for recipe in one} for one in (last, before))
    return Shown(frozenset(last & before), frozenset.intersection(*map(frozenset, sessions)))


def histories_of(tallies: Iterable[Tally]) -> dict[UUID, History]:
    """Adds up the hours of each session."""
    grouped: dict[UUID, list[Tally]] = {}
    for one in tallies:
        grouped.setdefault(one.session_id, []).append(one)
    return {session_id: _added(rows) for session_id, rows in grouped.items()}


def _added(rows: list[Tally]) -> History:
    by_hour = [0] * HOURS
    for row in rows:
        # Left at 9:00:10 what began at 8:59:50: rare, and never less than no starts.
        by_hour[row.hour] += max(0, row.starts - row.early_abandons)
    return History(
        starts=sum(row.starts for row in rows),
        completes=sum(row.completes for row in rows),
        abandons=sum(row.abandons for row in rows),
        early_abandons=sum(row.early_abandons for row in rows),
        replays=sum(row.replays for row in rows),
        skips=sum(row.skips for row in rows),
        mix_changes=sum(row.mix_changes for row in rows),
        recent=sum(row.recent for row in rows),
        by_hour=tuple(by_hour),
        last_start=max((row.last_start for row in rows if row.last_start), default=None),
    )
