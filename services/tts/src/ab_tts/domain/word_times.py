"""When each word of a line is spoken, from the times that a provider gives its characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ab_shared.contracts.speech import WordSpan

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Alignment:
    """When each character is spoken, in seconds from the start; it serves captions only."""

    characters: tuple[str, ...]
    starts: tuple[float, ...]
    ends: tuple[float, ...]

    def upto(self, text: str) -> Alignment:
        """Without the full stop that was added where the listener wrote none."""
        longer = "".join(self.characters) == f"{text}."
        cut = len(text) if longer else len(self.characters)
        return Alignment(self.characters[:cut], self.starts[:cut], self.ends[:cut])


def word_spans(text: str, alignment: Alignment) -> tuple[WordSpan, ...]:
    """The words of ``text`` with their times in milliseconds, none where they would be a guess.

    A provider that aligned another text than the listener wrote, or gave times that run
    backwards, is not believed: the line then is a caption without words.
    """
    starts, ends = alignment.starts, alignment.ends
    same_text = "".join(alignment.characters) == text and len(alignment.characters) == len(text)
    if not same_text or not len(text) == len(starts) == len(ends):
        return ()
    spans = tuple(_spans(text, alignment))
    order = [at for span in spans for at in (span.start_ms, span.end_ms)]
    return spans if order == sorted(order) else ()


def _spans(text: str, alignment: Alignment) -> Iterator[WordSpan]:
    for word in _WORD.finditer(text):
        yield WordSpan(
            first=word.start(),
            last=word.end(),
            start_ms=max(0, round(alignment.starts[word.start()] * 1000)),
            end_ms=max(0, round(alignment.ends[word.end() - 1] * 1000)),
        )
