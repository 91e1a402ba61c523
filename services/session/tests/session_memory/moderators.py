"""Somebody outside who looks at texts, played: answers by words, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from ab_session.domain.moderation.verdict import OPENAI, Verdict, approved, rejected, uncertain
from ab_shared.errors import DependencyUnavailable


class PlayedModerator:
    """Implements ``Moderator``; ``asked`` has every text it was asked about."""

    name = OPENAI

    def __init__(self) -> None:
        self.away = False
        self.asked: list[str] = []
        self.words: dict[str, Verdict] = {
            "zorblax": rejected(OPENAI, "harassment"),
            "zorbish": uncertain(OPENAI, "harassment"),
            "zornight": rejected(OPENAI, "self_harm"),
        }

    async def judge(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        if self.away:
            raise DependencyUnavailable("away")
        self.asked += texts
        return tuple(self._about(text.lower()) for text in texts)

    def _about(self, text: str) -> Verdict:
        found = (verdict for word, verdict in self.words.items() if word in text)
        return next(found, approved(OPENAI))
