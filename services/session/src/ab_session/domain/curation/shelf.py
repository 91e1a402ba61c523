"""The shelf of an hour: one card a slot, no session twice, no recipe a third day running."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ab_shared.contracts.curation import SLOTS, Card, PathPlace, Slot

from ab_session.domain.curation import reasons
from ab_session.domain.curation.facts import Candidate, Listener, Recipe
from ab_session.domain.curation.kinds import (
    FOR_TONIGHT,
    GOALS_OF,
    HIDDEN_GOALS,
    backgrounds_for,
    is_tonight,
    kind_of,
    layer_of,
)
from ab_session.domain.curation.scoring import liking, lot, misfits, score, serves_path, suits

Ranking = Callable[[Candidate], tuple[Any, ...]]
Why = Callable[[Candidate, Listener], str | None]
TONIGHT_MINUTES = 20
# Below this somebody has said what they think of it.
DISLIKED = -1.0


def shelf(candidates: Sequence[Candidate], listener: Listener) -> tuple[Card, ...]:
    """Cards in the order of the slots; a slot for which nothing is left has none.

    The same for the same facts: chance is drawn from user and day.
    """
    shown = [c for c in candidates if c.goal not in HIDDEN_GOALS]
    making = _Making(shown, listener)
    making.next_step()
    knows = any(listener.history(c.session_id).heard for c in shown)
    making.your_best()
    # Kept for those who know something; to the others everything is new.
    if knows:
        making.fill("try_new", _new_first(listener), reasons.new)
    if is_tonight(listener.hour):
        making.fill("tonight", _restful_first(listener), reasons.tonight)
    making.fill_known(("right_now_1", "right_now_2"), reasons.now)
    if not knows:
        making.fill("try_new", _new_first(listener), reasons.new)
    return making.cards()


class _Making:
    """A shelf while it is being filled."""

    def __init__(self, candidates: Sequence[Candidate], listener: Listener) -> None:
        self._listener = listener
        # By id first: the order in which a database gives them must not matter.
        self._free = sorted(candidates, key=lambda c: (lot(c, listener), c.session_id))
        self._all = tuple(self._free)
        self._cards: dict[Slot, Card] = {}

    def cards(self) -> tuple[Card, ...]:
        return tuple(self._cards[slot] for slot in SLOTS if slot in self._cards)

    def fill(
        self,
        slot: Slot,
        ranking: Ranking,
        why: Why,
        among: Sequence[Candidate] | None = None,
    ) -> bool:
        """Puts the best one there that is free, may be shown, and has a recipe left."""
        for candidate in sorted(self._free if among is None else among, key=ranking):
            recipe = self._recipe(candidate)
            if recipe is not None:
                self._put(slot, candidate, recipe, why(candidate, self._listener))
                return True
        return False

    def fill_known(self, slots: Sequence[Slot], why: Why) -> None:
        """What they know and like, if that is enough; so that one card is news, not all."""
        listener = self._listener
        known = [c for c in self._free if self._knows(c)]
        among = known if len(known) >= len(slots) else None
        for slot in slots:
            free = None if among is None else [c for c in among if c in self._free]
            self.fill(slot, _by_score(listener), why, free)

    def next_step(self) -> None:
        """The next chapter of their program; else what they began; else what is like their best."""
        listener = self._listener
        if listener.path is not None:
            self.fill("next_step", _of_path_first(listener), lambda *_: None)
            self._on_path()
            return
        begun = [c for c in self._stayed() if reasons.unfinished(c, listener) and self._likes(c)]
        if begun and self.fill("next_step", _by_score(listener), reasons.unfinished, begun):
            return
        most = reasons.most_finished(self._all, listener)
        akin = [c for c in self._stayed() if most is not None and _akin(c, most)]
        if most is not None and self.fill(
            "next_step", _least_heard_first(listener), lambda *_: reasons.akin(most), akin
        ):
            return
        self.fill("next_step", _gentle_first(listener), reasons.first_step, self._stayed())

    def your_best(self) -> None:
        """Something they finished or came back to; for those who never did, one to begin with."""
        done = [c for c in self._all if _done(c, self._listener)]
        free = [c for c in self._free if c in done] if done else None
        self.fill("your_best", _best_first(self._listener), reasons.best, free)

    def _on_path(self) -> None:
        card, step = self._cards.get("next_step"), self._listener.path
        if card is not None and step is not None:
            place = PathPlace(
                path_id=step.path_id,
                path_name=step.path_name,
                chapter_index=step.chapter_index,
                total_chapters=step.total_chapters,
                next_action=step.next_action,
            )
            told = {"path": place, "why": reasons.of_path(step)}
            self._cards["next_step"] = card.model_copy(update=told)

    def _stayed(self) -> list[Candidate]:
        """What they did not give up; everything where they gave up everything."""
        listener = self._listener
        free = [c for c in self._free if not listener.history(c.session_id).given_up]
        return free or self._free

    def _likes(self, candidate: Candidate) -> bool:
        return liking(self._listener.history(candidate.session_id)) > DISLIKED

    def _knows(self, candidate: Candidate) -> bool:
        listener = self._listener
        return (
            listener.history(candidate.session_id).heard
            and self._likes(candidate)
            and not listener.history(candidate.session_id).given_up
            and not misfits(candidate, listener.hour)
            and candidate.session_id not in listener.shown_twice.sessions
        )

    def _recipe(self, candidate: Candidate) -> Recipe | None:
        listener = self._listener
        backgrounds = backgrounds_for(candidate, listener.background_id, listener.sound)
        recipes = (Recipe(candidate.session_id, background) for background in backgrounds)
        return next((r for r in recipes if r not in listener.shown_twice.recipes), None)

    def _put(self, slot: Slot, candidate: Candidate, recipe: Recipe, why: str | None) -> None:
        layer, preset = layer_of(candidate)
        minutes = kind_of(candidate).minutes
        self._cards[slot] = Card(
            slot=slot,
            session_id=candidate.session_id,
            title=candidate.title,
            seconds=60 * (max(minutes, TONIGHT_MINUTES) if slot == "tonight" else minutes),
            voice_id=candidate.voice_id,
            layer_type=layer,
            layer_preset=preset,
            background_id=recipe.background_id,
            why=why,
        )
        self._free.remove(candidate)


def recipes_of(cards: Sequence[Card]) -> frozenset[Recipe]:
    """What is remembered of a shelf."""
    return frozenset(Recipe(card.session_id, card.background_id) for card in cards)


def _akin(candidate: Candidate, to: Candidate) -> bool:
    if candidate.session_id == to.session_id:
        return False
    goals = {candidate.goal, to.goal}
    shared = any(goals <= family for family in GOALS_OF.values())
    return "" not in goals and (len(goals) == 1 or shared)


def _done(candidate: Candidate, listener: Listener) -> bool:
    history = listener.history(candidate.session_id)
    return bool(history.completes or history.replays)


def _twice(candidate: Candidate, listener: Listener) -> bool:
    return candidate.session_id in listener.shown_twice.sessions


def _given_up(candidate: Candidate, listener: Listener) -> bool:
    return listener.history(candidate.session_id).given_up


def _by_score(listener: Listener) -> Ranking:
    return lambda c: (_twice(c, listener), _given_up(c, listener), -score(c, listener))


def _of_path_first(listener: Listener) -> Ranking:
    named = listener.path.session_id if listener.path else None
    # The program decides, even for a third day: then with another background.
    return lambda c: (
        c.session_id != named,
        not serves_path(c, listener),
        _given_up(c, listener),
        _twice(c, listener),
        -score(c, listener),
    )


def _best_first(listener: Listener) -> Ranking:
    def ranked(candidate: Candidate) -> tuple[Any, ...]:
        history = listener.history(candidate.session_id)
        done = _done(candidate, listener)
        merit = liking(history) if done else score(candidate, listener)
        left = _given_up(candidate, listener)
        return _twice(candidate, listener), left, -round(merit, 6)

    return ranked


def _restful_first(listener: Listener) -> Ranking:
    def ranked(candidate: Candidate) -> tuple[Any, ...]:
        preset = layer_of(candidate)[1]
        restful = candidate.goal in FOR_TONIGHT or preset == "delta"
        # What they left again and again goes behind all but what keeps awake.
        last = _given_up(candidate, listener) or (preset == "beta" and not restful)
        merit = score(candidate, listener) + (1.0 if preset == "delta" else 0.0)
        return _twice(candidate, listener), last, not restful, -merit

    return ranked


def _new_first(listener: Listener) -> Ranking:
    def ranked(candidate: Candidate) -> tuple[Any, ...]:
        history = listener.history(candidate.session_id)
        since = (listener.day - history.last_start).days if history.last_start else 0
        suit = round(suits(candidate, listener), 6)
        twice = _twice(candidate, listener)
        return history.heard, history.given_up, twice, -since, -suit

    return ranked


def _least_heard_first(listener: Listener) -> Ranking:
    return lambda c: (
        _twice(c, listener),
        listener.history(c.session_id).starts,
        -round(suits(c, listener), 6),
    )


def _gentle_first(listener: Listener) -> Ranking:
    return lambda c: (_twice(c, listener), c.goal != "beginner", -round(suits(c, listener), 6))
