"""The shelf: the table of cases, and what holds of every shelf there can be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import get_args
from uuid import UUID

import pytest
from ab_session.domain.brain_layer import brain_layer
from ab_session.domain.curation.facts import (
    Candidate,
    History,
    Listener,
    Recipe,
    histories_of,
    shown_on_both_days,
)
from ab_session.domain.curation.kinds import (
    BACKGROUNDS,
    GOALS_OF,
    KINDS,
    backgrounds_for,
    is_tonight,
    kind_of,
    part_of_day,
)
from ab_session.domain.curation.scoring import liking
from ab_session.domain.curation.shelf import recipes_of, shelf
from ab_session.domain.listener import PathStep
from ab_session.domain.listening.tallies import Tally
from ab_shared.contracts.curation import SLOTS, Card, LayerPreset, LayerType
from ab_shared.contracts.stems import StemKind, known_background, stems_of
from hypothesis import assume, given
from hypothesis import strategies as st
from session_memory.shelves import CANDIDATES, CASES, DAY, Case, figure, verdict

GOALS = (None, *GOALS_OF)
COUNT = st.integers(0, 9)
ENLIVENING = {"wake-up", "coffee-replacement", "focus", "productivity", "pre-performance"}


@st.composite
def histories(draw: st.DrawFn) -> History:
    at = draw(st.dictionaries(st.integers(0, 23), st.integers(1, 9), max_size=2))
    by_hour = tuple(at.get(hour, 0) for hour in range(24))
    completes, early = draw(COUNT), draw(COUNT)
    ago = draw(st.integers(0, 300))
    return History(
        starts=sum(by_hour),
        completes=completes,
        abandons=early + draw(COUNT),
        early_abandons=early,
        replays=draw(COUNT),
        skips=early,
        mix_changes=completes,
        recent=draw(st.integers(0, completes)),
        by_hour=by_hour,
        last_start=DAY - timedelta(days=ago) if sum(by_hour) else None,
    )


@st.composite
def candidates(draw: st.DrawFn) -> tuple[Candidate, ...]:
    goals = st.sampled_from([None, "sos", "Something of mine", *KINDS])
    own = []
    for number in range(draw(st.integers(0, 3))):
        goal, tone = draw(goals), draw(st.sampled_from([None, 528.0, 963.0]))
        hz = draw(st.sampled_from([None, 1.0, 4.0, 7.0, 13.5, 40.0]))
        layer = brain_layer(goal, solfeggio_hz=tone, frequency_hz=hz)
        own.append(Candidate(UUID(int=number + 1), f"Own {number}", goal, "nova", layer, own=True))
    kept = draw(st.integers(0, len(CANDIDATES)))
    return (*CANDIDATES[:kept], *own)


@st.composite
def listeners(draw: st.DrawFn) -> Listener:
    known = draw(st.lists(st.sampled_from(CANDIDATES), unique=True, max_size=5))
    told = {candidate.session_id: draw(histories()) for candidate in known}
    path = PathStep("p", "A path", 2, 7, None, draw(st.sampled_from([None, "sleep", "focus"])))
    return Listener(
        user_id=draw(st.sampled_from(["ada", "bob"])),
        day=DAY,
        hour=draw(st.integers(0, 23)),
        goal=draw(st.sampled_from(GOALS)),
        voice_id=draw(st.sampled_from([None, "nova", "onyx"])),
        background_id=draw(st.sampled_from([None, "ocean", "Storm", "nobody knows"])),
        sound=draw(st.sampled_from([None, "Voice-forward", "Atmosphere-forward"])),
        path=draw(st.sampled_from([None, path])),
        histories=told,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert verdict(case) == []


def test_what_was_left_at_once_is_no_habit() -> None:
    sleep = CANDIDATES[0].session_id
    left = Tally(sleep, 22, starts=4, abandons=4, early_abandons=4)
    stayed = Tally(sleep, 23, starts=3, abandons=3)
    told = histories_of([left, stayed])[sleep]
    assert (told.starts, told.around(22), told.around(21)) == (7, 3, 0)


def test_giving_up_takes_twice_and_no_more_finishes() -> None:
    given_up = [
        History(starts=9, completes=done, abandons=left, early_abandons=left).given_up
        for done, left in ((0, 1), (0, 2), (2, 2), (3, 2), (3, 3))
    ]
    assert given_up == [False, True, True, False, True]


def test_the_figure_of_all_cases_says_so() -> None:
    told = figure()
    assert told["cases"] == told["right"] == len(CASES)
    wrong = replace(CASES[0], expected={"next_step": "Sleep"})
    assert figure([wrong])["right"] == 0


@given(candidates(), listeners())
def test_every_shelf_is_one_the_app_can_show(found: tuple[Candidate, ...], who: Listener) -> None:
    cards = shelf(found, who)
    slots = [card.slot for card in cards]
    assert slots == [slot for slot in SLOTS if slot in slots]
    assert len({card.session_id for card in cards}) == len(cards)
    assert ("tonight" in slots) <= is_tonight(who.hour)
    playable = {c.session_id: c for c in found if c.goal != "sos"}
    for card in cards:
        assert card.session_id in playable
        assert card.layer_type in get_args(LayerType)
        assert card.layer_preset in get_args(LayerPreset)
        assert card.background_id in BACKGROUNDS
        assert card.seconds > 0
        assert (card.path is not None) == (card.slot == "next_step" and who.path is not None)
    if len(playable) > len(SLOTS):
        expected = set(SLOTS) if is_tonight(who.hour) else set(SLOTS) - {"tonight"}
        # The one thing they ever finished may be the next step already.
        assert expected - set(slots) <= {"your_best"}


@given(candidates(), listeners())
def test_reasons_are_true(found: tuple[Candidate, ...], who: Listener) -> None:
    sessions = {c.session_id: c for c in found}
    for card in shelf(found, who):
        if card.why is not None:
            assert card.why in truths(card, sessions[card.session_id], who, found)


@given(candidates(), listeners(), st.randoms(use_true_random=False))
def test_the_same_facts_make_the_same_shelf(
    found: tuple[Candidate, ...], who: Listener, dice: Random
) -> None:
    mixed = list(found)
    dice.shuffle(mixed)
    assert shelf(mixed, who) == shelf(found, who)


@given(candidates(), listeners(), st.lists(st.integers(0, 23), min_size=6, max_size=10))
def test_no_recipe_is_shown_three_days_running(
    found: tuple[Candidate, ...], who: Listener, hours: list[int]
) -> None:
    shown: list[tuple[object, Recipe]] = []
    for number, hour in enumerate(hours):
        # Twice a day, at hours that come as they like.
        day = DAY + timedelta(days=number // 2)
        rows = [(at, recipe) for at, recipe in shown if at != day]
        then = replace(who, day=day, hour=hour).after(shown_on_both_days(rows, day))
        shown += [(day, recipe) for recipe in recipes_of(shelf(found, then))]
    kept = set(shown)
    for day, recipe in kept:
        assert not {(day + timedelta(days=n), recipe) for n in (1, 2)} <= kept


@given(listeners())
def test_one_card_is_news_for_whoever_knows_enough(who: Listener) -> None:
    heard = {c.session_id for c in CANDIDATES if who.history(c.session_id).heard}
    unheard = [c for c in CANDIDATES if c.session_id not in heard and c.goal != "sos"]
    cards = {card.slot: card for card in shelf(CANDIDATES, who)}
    taken = {cards["next_step"].session_id}
    assume(heard and {c.session_id for c in unheard} - taken)
    assert cards["try_new"].session_id not in heard


@given(histories())
def test_finishing_is_liked_and_leaving_early_is_not(history: History) -> None:
    after = replace(history, starts=history.starts + 1, completes=history.completes + 1)
    assert liking(after) > liking(history) or not history.heard
    gone = replace(
        history,
        starts=history.starts + 1,
        abandons=history.abandons + 1,
        early_abandons=history.early_abandons + 1,
    )
    assert liking(gone) < liking(history) or not history.heard


def test_every_background_is_one_that_exists() -> None:
    titles = {stem.title for stem in stems_of(StemKind.BACKGROUND)}
    assert set(BACKGROUNDS) == titles
    for candidate in CANDIDATES:
        assert set(backgrounds_for(candidate, "ocean", "Voice-forward")) == titles
    assert backgrounds_for(CANDIDATES[0], "ocean", None)[0] == "Distant Ocean"
    assert known_background(backgrounds_for(CANDIDATES[0], "nobody knows", None)[0])


def said(number: int) -> str:
    return ["never", "once", "twice"][number] if number < 3 else f"{number} times"


def truths(
    card: Card, session: Candidate, who: Listener, found: tuple[Candidate, ...]
) -> frozenset[str]:
    """All that may be said of a session on this shelf, out of the facts."""
    history = who.history(session.session_id)
    wanted = session.goal in GOALS_OF.get(who.goal or "", ())
    near = sum(history.by_hour[(who.hour + step) % 24] for step in (-1, 0, 1))
    ago = (who.day - history.last_start).days if history.last_start else 0
    others = [c for c in found if c.session_id != session.session_id]
    done = [c for c in others if who.history(c.session_id).completes]
    true: dict[str, object] = {
        "You started this and haven't finished it yet": history.starts and not history.completes,
        "You haven't finished one yet; this is a good one to start with": not any(
            one.completes for one in who.histories.values()
        ),
        "A gentle one to begin with": session.goal == "beginner",
        f"Made for your goal: {who.goal}": wanted,
        f"New to you, and made for your goal: {who.goal}": wanted and not history.heard,
        "You haven't played this yet": not history.heard,
        f"Made for the {part_of_day(who.hour)}": part_of_day(who.hour) in kind_of(session).parts,
        "One of your own": session.own,
        "Slow delta waves for the night": card.layer_preset == "delta" and is_tonight(who.hour),
        "A calm one for the night": is_tonight(who.hour) and session.goal not in ENLIVENING,
        f"You have finished this {said(history.completes)}": history.completes,
        f"You came back to this {said(history.replays)}": history.replays,
        f"You have started this {said(near)} around this hour": near > 1,
        f"You have started this {said(history.starts)} so far": history.starts,
        f"You haven't played this for {(ago - 1) // 7} weeks": ago > 14,
        **{f"Like {c.title}, which you have finished": True for c in done},
    }
    if who.path is not None:
        step = who.path
        place = f"Chapter {step.chapter_index} of {step.total_chapters}: {step.path_name}"
        true[place] = card.path is not None
    return frozenset(sentence for sentence, holds in true.items() if holds)
