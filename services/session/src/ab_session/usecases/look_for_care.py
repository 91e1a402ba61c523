"""Looks for self-harm in a request that is refused for something else: help must not be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts.caring import LONGEST_TEXT, FoundCare
from ab_shared.contracts.caring import LookForCare as Request

from ab_session.domain.despair import speaks_of_despair
from ab_session.domain.moderation.spread import judged_together
from ab_session.domain.moderation.telling import help_in
from ab_session.domain.moderation.verdict import (
    BUILTIN,
    SELF_HARM,
    Checked,
    Verdict,
    approved,
    rejected,
)
from ab_session.usecases.admit_lines import AdmitLines


@dataclass(frozen=True, slots=True)
class LookForCare:
    """By the built-in list alone: nobody outside is asked, and nothing is kept or counted."""

    admit: AdmitLines

    async def __call__(self, request: Request) -> FoundCare:
        """Help for where they live, if any of the texts calls for it, alone or with the next."""
        texts = [text[:LONGEST_TEXT] for text in request.texts]
        verdicts = [await self._judged(text) for text in texts]
        if not any(verdict.care for verdict in verdicts):
            verdicts = self._together(texts)
        care = await self.admit.care_for(request.user_id, verdicts, request.timezone)
        return FoundCare(care=care, told=help_in(care) if care else None)

    async def _judged(self, text: str) -> Verdict:
        # Others get their turn between two texts: a request may hold many.
        await asyncio.sleep(0)
        if speaks_of_despair(text):
            return rejected(BUILTIN, SELF_HARM)
        return self.admit.moderate.words.judge(text)

    def _together(self, texts: Sequence[str]) -> list[Verdict]:
        lines = [
            Checked("line", place, text, "", approved(BUILTIN)) for place, text in enumerate(texts)
        ]
        return [one.verdict for one in judged_together(self.admit.moderate.words, lines)]
