"""What somebody wants, read out of the words they wrote; their words are never repeated."""

from __future__ import annotations

from dataclasses import dataclass

from ab_session.domain.writer.phrases import Framework, PhraseBook, Theme
from ab_session.domain.writing_rules import words

# What is wanted says more than the trouble does.
GOAL, SESSION_TYPE, STRUGGLE = 3, 3, 2
# Whoever doubts believes a bridge sooner than a claim, whatever the goal is.
DOUBT = ("anxi", "doubt", "worr", "panic", "fear", "afraid", "scared", "imposter", "impostor")
# Values as nouns that "my love of ..." can carry.
VALUES = frozenset(
    {"achievement", "adventure", "authenticity", "balance", "beauty", "belonging", "calm"}
    | {"community", "compassion", "connection", "courage", "creativity", "curiosity", "discipline"}
    | {"equality", "excellence", "fairness", "faith", "family", "fitness", "focus"}
    | {"freedom", "friendship", "fun", "generosity", "gratitude", "growth", "happiness"}
    | {"harmony", "health", "honesty", "hope", "humor", "humour", "independence"}
    | {"integrity", "joy", "justice", "kindness", "knowledge", "learning", "love"}
    | {"loyalty", "mindfulness", "nature", "openness", "optimism", "patience", "peace"}
    | {"play", "purpose", "reliability", "respect", "responsibility", "security", "service"}
    | {"simplicity", "spirituality", "strength", "success", "tradition", "trust", "truth"}
    | {"wealth", "wellbeing", "wisdom", "wonder"}
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a listener asks for; every text is theirs and may say anything."""

    session_type: str = ""
    struggle: str = ""
    goal: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a wish comes to: a theme, one beside it, a framework, and values as nouns."""

    theme: Theme
    beside: Theme | None
    framework: Framework
    values: tuple[str, ...]
    doubtful: bool


def read(wish: Wish, book: PhraseBook) -> Reading:
    """The themes that most of the words speak of; a general one where none does."""
    scores = {name: _score(wish, theme) for name, theme in book.themes.items()}
    ranked = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    theme = book.themes[ranked[0] if ranked else book.fallback]
    beside = book.themes[ranked[1]] if len(ranked) > 1 else None
    doubtful = any(_speaks_of(text, DOUBT) for text in (wish.goal, wish.struggle))
    framework = Framework.BRIDGE if doubtful else theme.framework
    return Reading(theme, beside, framework, _known(wish.values), doubtful)


def _score(wish: Wish, theme: Theme) -> int:
    return (
        GOAL * _speaks_of(wish.goal, theme.words)
        + SESSION_TYPE * _speaks_of(wish.session_type, theme.words)
        + STRUGGLE * _speaks_of(wish.struggle, theme.words)
    )


def _speaks_of(text: str, beginnings: tuple[str, ...]) -> int:
    lowered = text.lower()
    spoken = [part for word in words(text) for part in word.split("-")]
    return sum(
        one in lowered if " " in one or "-" in one else any(word.startswith(one) for word in spoken)
        for one in beginnings
    )


def _known(values: tuple[str, ...]) -> tuple[str, ...]:
    lowered = (value.strip().lower() for value in values)
    return tuple(dict.fromkeys(value for value in lowered if value in VALUES))
