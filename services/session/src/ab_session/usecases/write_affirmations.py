"""Writes lines towards a listener's goal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from ab_shared.contracts.affirmations import WriteAffirmations as Asked
from ab_shared.contracts.affirmations import WrittenAffirmations

from ab_session.domain.writer.composing import compose
from ab_session.domain.writer.explaining import explain
from ab_session.domain.writer.phrases import PhraseBook
from ab_session.domain.writer.reading import Wish, read

SEED_BYTES = 16


@dataclass(frozen=True, slots=True)
class WriteAffirmations:
    """Asked again it writes other lines: whoever wants the same ones keeps them."""

    book: PhraseBook

    async def __call__(self, request: Asked) -> WrittenAffirmations:
        """Lines that obey the writing rules, whatever was written into the request."""
        wish = Wish(request.session_type, request.struggle, request.goal)
        found = read(wish, self.book)
        lines = compose(found, self.book, request.count, secrets.token_hex(SEED_BYTES))
        return WrittenAffirmations(lines=lines, reasoning=explain(found))
