"""Which sounds go with a person: theirs and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from uuid import UUID

from ab_shared.contracts.privacy import MAX_ERASED, EraseAudio, EraseObjects, EraseSpeech
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import SpeechRecipe

from ab_session.domain.plan import make_plan

# Parts beyond all that are counted: what is erased because it came late.
LATE_PART = 1_000_000
_NO_STEMS = ("", "")


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as this service keeps it; ``user_id`` goes when it is over everywhere."""

    id: UUID
    user_id: str | None
    erased_at: datetime
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErasedSound:
    """A sound that went, and in which part of which erasure."""

    kind: Kind
    name: str
    erasure_id: UUID
    erased_at: datetime
    part: int


@dataclass(frozen=True, slots=True)
class Doomed:
    """Addresses, kind by kind."""

    speech: frozenset[str] = frozenset()
    prepared: frozenset[str] = frozenset()
    tracks: frozenset[str] = frozenset()
    mixdowns: frozenset[str] = frozenset()

    def __sub__(self, other: Doomed) -> Doomed:
        return Doomed(
            self.speech - other.speech,
            self.prepared - other.prepared,
            self.tracks - other.tracks,
            self.mixdowns - other.mixdowns,
        )


@dataclass(frozen=True, slots=True)
class LeftSounds:
    """What a user's edits and deletions left behind; a line with how it was spoken."""

    lines: tuple[tuple[str, SpeechRecipe], ...] = ()
    tracks: frozenset[str] = frozenset()
    mixdowns: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.lines or self.tracks or self.mixdowns)


def reads_of(key: bytes, lines: Iterable[tuple[str, SpeechRecipe]]) -> Doomed:
    """The reads of lines, each spoken by its recipe; ``key`` is that of all content addresses."""
    speech: set[str] = set()
    prepared: set[str] = set()
    for line, recipe in lines:
        plan = make_plan(key, [line], recipe, _NO_STEMS)
        speech |= plan.wanted.speech
        prepared |= plan.wanted.prepared
    return Doomed(frozenset(speech), frozenset(prepared))


def parts_of(doomed: Doomed) -> Iterator[tuple[int, Kind, Sequence[str]]]:
    """Bounded parts, numbered for each of the two services from 0; sorted, so always the same."""
    for part, names in enumerate(_chunks(doomed.speech)):
        yield part, "speech", names
    kinds: Sequence[tuple[Kind, frozenset[str]]] = (
        ("mixdown", doomed.mixdowns),
        ("track", doomed.tracks),
        ("prepared", doomed.prepared),
    )
    chunks = [(kind, names) for kind, all_names in kinds for names in _chunks(all_names)]
    for part, (kind, names) in enumerate(chunks):
        yield part, kind, names


def commands_of(sounds: Sequence[ErasedSound]) -> list[EraseObjects]:
    """What to ask of tts and stitching so that these sounds go."""
    grouped: dict[tuple[bool, int, datetime], list[ErasedSound]] = {}
    for sound in sounds:
        whose = (sound.kind == "speech", sound.part, sound.erased_at)
        grouped.setdefault(whose, []).append(sound)
    return [_command(part, group) for (_, part, _), group in sorted(grouped.items())]


def _command(part: int, group: Sequence[ErasedSound]) -> EraseObjects:
    def names(kind: Kind) -> tuple[str, ...]:
        return tuple(sound.name for sound in group if sound.kind == kind)

    erasure_id, erased_at = group[0].erasure_id, group[0].erased_at
    if group[0].kind == "speech":
        return EraseSpeech(
            erasure_id=erasure_id, part=part, erased_at=erased_at, speech=names("speech")
        )
    return EraseAudio(
        erasure_id=erasure_id,
        part=part,
        erased_at=erased_at,
        prepared=names("prepared"),
        tracks=names("track"),
        mixdowns=names("mixdown"),
    )


def _chunks(names: frozenset[str]) -> Iterator[Sequence[str]]:
    ordered = iter(sorted(names))
    while chunk := list(islice(ordered, MAX_ERASED)):
        yield chunk
