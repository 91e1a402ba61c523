"""Writes lines towards a listener's goal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from ab_shared.contracts.affirmations import WriteAffirmations as Asked
from ab_shared.contracts.affirmations import WrittenAffirmations

from ab_session.domain.writer.composing import compose
from ab_session.domain.writer.explaining import explain
from ab_session.domain.writer.phrases import PhraseBook
from ab_session.domain.writer.reading import Wish, read
from ab_session.ports import Store
from ab_session.usecases.guard_wish import GuardWish
from ab_session.usecases.write_with_model import Task, WriteWithModel
from ab_session.usecases.writer_metrics import FALLBACKS, SETS

SEED_BYTES = 16
MOST_VALUES = 5
INSTEAD = " Written by the built-in writer, which stands in for the usual one."


@dataclass(frozen=True, slots=True)
class WriteAffirmations:
    """Asked again it writes other lines: whoever wants the same ones keeps them.

    ``model`` writes where there is one, and the built-in writer whenever it does not.
    """

    store: Store
    book: PhraseBook
    guard: GuardWish
    model: WriteWithModel | None = None

    async def __call__(self, request: Asked) -> WrittenAffirmations:
        """Lines that obey the writing rules, whatever was written into the request.

        Raises:
            ValidationFailed: it asks for something that nobody shall hear. Who speaks of hurting
                themselves is not refused: the answer holds ``care``.
        """
        wish, care = await self.guard(request.user_id, request, await self._wish(request))
        found = read(wish, self.book)
        instead = ""
        if self.model is not None:
            result = await self.model(request.user_id, Task(wish, found, request.count))
            if result.why is None and self.guard.readable(result.lines):
                why = explain(found, result.lines)
                return WrittenAffirmations(lines=result.lines, reasoning=why, care=care)
            if result.why is None:
                FALLBACKS.labels("moderated").inc()
            instead = INSTEAD
        SETS.labels("builtin", "none").inc()
        lines = compose(found, self.book, request.count, secrets.token_hex(SEED_BYTES))
        why = explain(found, lines) + instead
        return WrittenAffirmations(lines=lines, reasoning=why, care=care)

    async def _wish(self, request: Asked) -> Wish:
        """What was asked, and what they told of themselves before where it says nothing of it."""
        wish = Wish(request.session_type, request.struggle, request.goal)
        async with self.store.begin() as unit:
            values = await unit.selves.values(request.user_id)
            struggle = wish.struggle or await unit.selves.struggle(request.user_id) or ""
        texts = tuple(value.value_text for value in values[:MOST_VALUES])
        return replace(wish, struggle=struggle, values=texts)
