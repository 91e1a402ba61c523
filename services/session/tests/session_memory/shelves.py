"""Listeners and sessions to make shelves of, and the table of ranking cases.

``PYTHONPATH=services/session/tests python -m session_memory.shelves`` prints it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from ab_session.domain.brain_layer import BrainLayer
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.curation.facts import (
    Candidate,
    History,
    Listener,
    Recipe,
    Shown,
    histories_of,
)
from ab_session.domain.curation.shelf import shelf
from ab_session.domain.listener import PathStep
from ab_session.domain.listening.tallies import Tally
from ab_shared.contracts.curation import Card

DAY = date(2026, 3, 4)
SESSIONS = [as_session(entry, datetime(2026, 1, 1, tzinfo=UTC)) for entry in CATALOGUE]
CANDIDATES = tuple(
    Candidate(s.id, s.title, s.goal_tag, s.voice_id, s.layer, lines=len(s.lines)) for s in SESSIONS
)
BY_TITLE = {candidate.title: candidate for candidate in CANDIDATES}
OWN = Candidate(UUID(int=77), "My harbour", None, "nova", BrainLayer(10.0, "Alpha"), own=True)
PATH = PathStep("quiet", "Quiet mind", 3, 7, "Sit by a window.", "meditate")


def finished(number: int, hour: int = 8) -> History:
    """Started and finished as often, always at one hour."""
    by_hour = tuple(number if at == hour else 0 for at in range(24))
    return History(starts=number, completes=number, recent=number, by_hour=by_hour, last_start=DAY)


def left_early(number: int) -> History:
    """Never finished, always left within 90 seconds."""
    return History(starts=number, abandons=number, early_abandons=number, last_start=DAY)


def gave_up(number: int, hour: int) -> History:
    """Started as often at one hour, and left at once each time, as events are added up."""
    row = Tally(UUID(int=0), hour, starts=number, abandons=number, early_abandons=number)
    return histories_of([replace(row, last_start=DAY)])[row.session_id]


def shown(*titles: str, background: str) -> Shown:
    """As if these had been on the shelf on both days before."""
    ids = [BY_TITLE[title].session_id for title in titles]
    return Shown(frozenset(Recipe(one, background) for one in ids), frozenset(ids))


@dataclass(frozen=True)
class Case:
    """Somebody at some hour, and what has to stand in some slots (and must not, with ``!``)."""

    name: str
    expected: dict[str, str]
    hour: int = 8
    did: dict[str, History] = field(default_factory=dict)
    goal: str | None = None
    path: PathStep | None = None
    twice: Shown = field(default_factory=Shown)
    own: bool = False
    background: str | None = None
    guidance: str | None = None

    @property
    def listener(self) -> Listener:
        known = {**BY_TITLE, OWN.title: OWN}
        return Listener(
            user_id="user",
            day=DAY,
            hour=self.hour,
            goal=self.goal,
            path=self.path,
            background_id=self.background,
            guidance=self.guidance,
            histories={known[title].session_id: one for title, one in self.did.items()},
            shown_twice=self.twice,
        )

    def cards(self) -> dict[str, Card]:
        candidates = (*CANDIDATES, OWN) if self.own else CANDIDATES
        return {card.slot: card for card in shelf(candidates, self.listener)}


ONCE, TWICE_NIGHTLY = finished(1), finished(2, hour=22)
HALF = History(starts=1, abandons=1, last_start=DAY)
OFTEN = replace(finished(9), replays=4)
LONG_AGO = replace(finished(3), recent=0, last_start=DAY - timedelta(days=40))

CASES: tuple[Case, ...] = (
    Case("brand new, morning", {"next_step": "Ease In", "tonight": ""}),
    Case("brand new, evening", {"next_step": "Ease In", "tonight": "Sleep"}, hour=22),
    Case("brand new with a goal", {"right_now_1": "Focus|Productivity|Do The Next Right Thing|"
         "Creativity|Coffee Replacement"}, hour=9, goal="Focus"),
    Case("18:00 is tonight", {"tonight": "*"}, hour=18),
    Case("17:59 is not", {"tonight": ""}, hour=17),
    Case("05:59 still is", {"tonight": "*"}, hour=5),
    Case("06:00 is not", {"tonight": ""}, hour=6),
    Case("what was finished is the best", {"your_best": "Focus"}, did={"Focus": ONCE}),
    Case("finished more often is better", {"your_best": "Creativity"},
         did={"Focus": ONCE, "Creativity": finished(5)}),
    Case("replays speak for it", {"your_best": "Focus"},
         did={"Focus": replace(finished(3), replays=5), "Creativity": finished(3)}),
    Case("left early is not shown now", {"right_now_1": "!Wake Up", "right_now_2": "!Wake Up"},
         did={"Wake Up": left_early(3), "Focus": finished(2), "Ease In": HALF}),
    Case("one finish, two early leaves", {"your_best": "Creativity"},
         did={"Focus": replace(finished(3), abandons=2, early_abandons=2, starts=5),
              "Creativity": finished(3)}),
    Case("begun is the next step", {"next_step": "Meditate"}, did={"Meditate": HALF}),
    Case("left early is no next step", {"next_step": "!Meditate"}, did={"Meditate": left_early(3)}),
    Case("a gentle one that was given up", {"next_step": "!Ease In", "your_best": "!Ease In"},
         did={"Ease In": gave_up(3, hour=8)}),
    Case("left early once is no verdict", {"next_step": "Ease In"},
         did={"Ease In": gave_up(1, hour=8)}),
    Case("given up is not akin", {"next_step": "!Creativity"}, hour=15,
         did={"Focus": OFTEN, "Coffee Replacement": finished(9),
              "Do The Next Right Thing": finished(9), "Creativity": gave_up(2, hour=15)}),
    Case("given up is no habit of the night", {"tonight": "!Sleep", "next_step": "!Sleep",
         "right_now_1": "!Sleep", "right_now_2": "!Sleep"}, hour=22,
         did={"Sleep": gave_up(4, hour=22)}),
    Case("given up, and a path's own session", {"next_step": "Focus"},
         did={"Focus": gave_up(3, hour=8)},
         path=replace(PATH, session_id=BY_TITLE["Focus"].session_id)),
    Case("like what was finished", {"next_step": "Creativity|Do The Next Right Thing|"
         "Coffee Replacement"}, did={"Focus": OFTEN}),
    Case("a path goes before all else", {"next_step": "Meditate"},
         did={"Wake Up": HALF, "Focus": OFTEN}, path=PATH),
    Case("a path's own session", {"next_step": "Focus"},
         path=replace(PATH, session_id=BY_TITLE["Focus"].session_id)),
    Case("a habit of the hour", {"right_now_1": "Creativity"}, hour=15,
         did={"Creativity": finished(6, hour=15), "Focus": finished(6, hour=9),
              "Wake Up": finished(9, hour=7)}),
    Case("the same habit at another hour", {"right_now_1": "!Creativity"}, hour=7,
         did={"Creativity": finished(6, hour=15), "Focus": finished(6, hour=9),
              "Wake Up": finished(9, hour=7), "Ease In": finished(12, hour=12)}),
    Case("no sleep in the morning", {"right_now_1": "!Sleep", "right_now_2": "!Sleep"}, hour=8,
         did={"Sleep": TWICE_NIGHTLY, "Ease In": finished(4, hour=22)}),
    Case("sleep for the night", {"tonight": "Sleep"}, hour=23,
         did={"Sleep": TWICE_NIGHTLY, "Focus": OFTEN}),
    Case("nothing that wakes up by night", {"tonight": "!Focus", "right_now_1": "!Wake Up"},
         hour=23, did={"Wake Up": ONCE, "Focus": OFTEN}),
    Case("news is what was never played", {"try_new": "!Focus"}, did={"Focus": OFTEN}),
    Case("news of one's goal", {"try_new": "Sleep"}, hour=21, goal="Sleep", did={"Focus": OFTEN}),
    Case("nothing is new: the longest ago", {"try_new": "Meditate"},
         did={c.title: finished(2) for c in CANDIDATES} | {"Meditate": LONG_AGO}),
    Case("one's own, finished", {"your_best": "My harbour"}, own=True,
         did={"My harbour": finished(4), "Focus": ONCE}),
    Case("best of two days makes room", {"your_best": "Creativity"},
         did={"Focus": OFTEN, "Creativity": ONCE},
         twice=shown("Focus", background="Forest Rain")),
    Case("the only best gets another sound", {"your_best": "Focus"}, did={"Focus": OFTEN},
         twice=shown("Focus", background="Forest Rain")),
    Case("more guidance is more lines", {"try_new": "Ease In"}, hour=13,
         guidance="More guidance", did={"Focus": OFTEN}),
    Case("more space is fewer", {"try_new": "!Ease In"}, hour=13,
         guidance="More space", did={"Focus": OFTEN}),
    Case("emergencies stay on their screen", {"next_step": "!Panic", "your_best": "Focus"},
         did={"Panic": OFTEN, "Focus": ONCE}),
)  # fmt: skip


def verdict(case: Case) -> list[str]:
    """What is wrong with the shelf of a case; empty when it is as expected."""
    cards = case.cards()
    wrong = []
    for slot, wanted in case.expected.items():
        title = cards[slot].title if slot in cards else ""
        if wanted.startswith("!"):
            fits = title != wanted[1:]
        else:
            fits = bool(title) if wanted == "*" else title in wanted.split("|")
        if not fits:
            wrong.append(f"{slot} is {title or 'empty'}, not {wanted or 'empty'}")
    return wrong


def figure(cases: Iterable[Case] = CASES) -> dict[str, Any]:
    """All cases with what stands on each shelf, and how many are as expected."""
    rows = [
        {
            "case": case.name,
            "hour": case.hour,
            "expected": case.expected,
            "shelf": {slot: [card.title, card.why] for slot, card in case.cards().items()},
            "right": not verdict(case),
        }
        for case in cases
    ]
    return {"cases": len(rows), "right": sum(bool(row["right"]) for row in rows), "rows": rows}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(figure(), indent=1) + "\n")
