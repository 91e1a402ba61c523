"""What a session could be called: by its theme, and as none of its owner's is called yet."""

from __future__ import annotations

from collections.abc import Collection
from itertools import count

from ab_session.domain.writer.composing import Shuffle
from ab_session.domain.writer.reading import Reading


def title_for(reading: Reading, taken: Collection[str], seed: str) -> str:
    """The same for the same seed; with a number behind it where every title is taken."""
    used = {_plain(title) for title in taken}
    shuffle = Shuffle(seed)
    titles = shuffle(reading.theme.titles)
    # The theme beside it comes second: its titles say less of what the session is about.
    titles += shuffle(reading.beside.titles) if reading.beside else []
    for title in titles:
        if _plain(title) not in used:
            return title
    numbered = (f"{titles[0]} {number}" for number in count(2))
    return next(title for title in numbered if _plain(title) not in used)


def _plain(title: str) -> str:
    """As people compare titles: neither case nor blanks make another one."""
    return " ".join(title.casefold().split())
