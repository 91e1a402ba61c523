"""Suggests what a session could be called."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ab_shared.contracts.affirmations import SuggestedTitle
from ab_shared.contracts.affirmations import SuggestTitle as Request

from ab_session.domain.writer.phrases import PhraseBook
from ab_session.domain.writer.reading import Wish, read
from ab_session.domain.writer.titling import title_for
from ab_session.ports import Store
from ab_session.usecases.write_affirmations import SEED_BYTES


@dataclass(frozen=True, slots=True)
class SuggestTitle:
    """By the goal, else by the lines; asked again it suggests another one."""

    store: Store
    book: PhraseBook

    async def __call__(self, request: Request) -> SuggestedTitle:
        """A title that neither a session of theirs nor one of the catalogue has."""
        about = request.goal or " ".join(request.lines)
        reading = read(Wish(session_type=request.goal_tag, goal=about), self.book)
        async with self.store.begin() as unit:
            taken = await unit.writing.titles_of(request.user_id)
        return SuggestedTitle(title=title_for(reading, taken, secrets.token_hex(SEED_BYTES)))
