"""Captions of a track: which line is spoken when, and its words where a provider timed them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ab_shared.contracts.captions import CaptionWord, Cue
from ab_shared.contracts.media import Segment
from ab_shared.contracts.speech import WordSpan

from ab_session.domain.plan import PlannedRead, line_of


@dataclass(frozen=True, slots=True)
class WordTimes:
    """The words of one read from the start of its raw speech, and what was cut off before it."""

    trimmed_ms: int
    words: tuple[WordSpan, ...]


def cues(
    reads: Sequence[PlannedRead], spans: Sequence[Segment], times: Mapping[str, WordTimes]
) -> tuple[Cue, ...]:
    """One cue a read, in playing order.

    Args:
        reads: the reads of the track.
        spans: where each of them lies in it; ValueError when there are more or fewer.
        times: word times by prepared address; a read without any is a cue without words.
    """
    return tuple(_cue(read, span, times) for read, span in zip(reads, spans, strict=True))


def _cue(read: PlannedRead, span: Segment, times: Mapping[str, WordTimes]) -> Cue:
    known = times.get(read.prepared_address)
    return Cue(
        line=line_of(read.position),
        read=read.variant,
        text=read.text,
        start_ms=span.start_ms,
        end_ms=span.end_ms,
        words=tuple(_words(read.text, span, known)) if known else (),
    )


def _words(text: str, span: Segment, times: WordTimes) -> Iterator[CaptionWord]:
    shift = span.start_ms - times.trimmed_ms
    for word in times.words:
        # Trimming may have cut into what the provider still counts as the word.
        start, end = (
            min(max(at + shift, span.start_ms), span.end_ms) for at in (word.start_ms, word.end_ms)
        )
        yield CaptionWord(text=text[word.first : word.last], start_ms=start, end_ms=end)
