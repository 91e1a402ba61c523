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
    goal, session_type, struggle = map(_heard, (wish.goal, wish.session_type, wish.struggle))
    weights = ((goal, GOAL), (session_type, SESSION_TYPE), (struggle, STRUGGLE))
    scores = {
        name: sum(weight * text.speaks_of(theme.words) for text, weight in weights)
        for name, theme in book.themes.items()
    }
    ranked = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    theme = book.themes[ranked[0] if ranked else book.fallback]
    beside = book.themes[ranked[1]] if len(ranked) > 1 else None
    doubtful = any(text.speaks_of(DOUBT) for text in (goal, struggle))
    framework = Framework.BRIDGE if doubtful else theme.framework
    return Reading(theme, beside, framework, _known(wish.values), doubtful)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A text taken apart once: as it stands, and its words with a blank before each."""

    lowered: str
    spoken: str

    def speaks_of(self, beginnings: tuple[str, ...]) -> int:
        """How many of these stand in it, or begin a word of it."""
        # Searched as one text: a long one has thousands of words, and there are hundreds of these.
        return sum(
            one in self.lowered if " " in one or "-" in one else f" {one}" in self.spoken
            for one in beginnings
        )


def _heard(text: str) -> _Heard:
    spoken = (part for word in words(text) for part in word.split("-"))
    return _Heard(text.lower(), "".join(f" {part}" for part in spoken))


def _known(values: tuple[str, ...]) -> tuple[str, ...]:
    lowered = (value.strip().lower() for value in values)
    return tuple(dict.fromkeys(value for value in lowered if value in VALUES))
