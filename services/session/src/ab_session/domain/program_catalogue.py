"""Every program there is. Their ids never change: listeners are in them.

To take one out of the list, let it be ``withdrawn``: who is in it finds its days here.
"""

from __future__ import annotations

from collections.abc import Sequence

from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.program_texts import confidence, paths, quiet_mind, sleep
from ab_session.domain.program_texts.told import Told
from ab_session.domain.programs import Program, Programs, Step

_SESSIONS = {entry.title: entry.id for entry in CATALOGUE}


def _steps(told: Sequence[Told]) -> tuple[Step, ...]:
    return tuple(
        Step(one.title, one.text, _SESSIONS[one.plays], one.lines, one.action) for one in told
    )


_ALL = (
    Program(
        "ten-days-of-quiet-mind",
        "course",
        "Ten Days of Quiet Mind",
        "From one breath to a quiet that you carry through the day.",
        "meditate",
        _steps(quiet_mind.QUIET_MIND),
    ),
    Program(
        "seven-days-of-confidence",
        "course",
        "Seven Days of Confidence",
        "A week of small, brave things, each with its evidence.",
        "pre-performance",
        _steps(confidence.CONFIDENCE),
    ),
    Program(
        "seven-nights-of-sleep",
        "course",
        "Seven Nights of Sleep",
        "An evening that leads into rest, built a piece a day.",
        "sleep",
        _steps(sleep.SLEEP_WEEK),
    ),
    Program(
        "steady-ground",
        "path",
        "Steady Ground",
        "For anxious days: five chapters from the floor upward.",
        "anxiety",
        _steps(paths.STEADY_GROUND),
    ),
    Program(
        "deep-work",
        "path",
        "Deep Work",
        "Five chapters on giving one thing your whole mind.",
        "focus",
        _steps(paths.DEEP_WORK),
    ),
    Program(
        "a-kinder-voice",
        "path",
        "A Kinder Voice",
        "Four chapters on how you speak to yourself.",
        "resilience",
        _steps(paths.KINDER_VOICE),
    ),
)
PROGRAMS: Programs = {program.id: program for program in _ALL}
