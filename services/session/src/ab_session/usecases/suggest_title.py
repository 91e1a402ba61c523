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
from ab_session.usecases.guard_wish import GuardWish
from ab_session.usecases.write_affirmations import SEED_BYTES


@dataclass(frozen=True, slots=True)
class SuggestTitle:
    """By the goal, else by the lines; asked again it suggests another one."""

    store: Store
    book: PhraseBook
    guard: GuardWish

    async def __call__(self, request: Request) -> SuggestedTitle:
        """A title that neither a session of theirs nor one of the catalogue has.

        Raises:
            ValidationFailed: it names something that nobody shall hear. Who speaks of hurting
                themselves is not refused: the answer holds ``care``.
        """
        kept, care = await self.guard.titled(request)
        reading = read(
            Wish(session_type=kept.goal_tag, goal=kept.goal or " ".join(kept.lines)), self.book
        )
        async with self.store.begin() as unit:
            taken = await unit.writing.titles_of(request.user_id)
        title = title_for(reading, taken, secrets.token_hex(SEED_BYTES))
        return SuggestedTitle(title=title, care=care)
