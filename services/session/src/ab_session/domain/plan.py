"""From lines and a recipe to what has to be made: pure, and the shortest way there is.

::

    track and stems known ──────────────────────────▶ nothing
    every read prepared ────────────────────────────▶ RenderTrack
    a read spoken, not prepared ────────────────────▶ PrepareRead
    a read unknown ─────────────────────────────────▶ SynthesizeRead
    ... and beyond the first 16 of the track ───────▶ SynthesizeReadLater
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from ab_shared.contracts.audio_profile import PROFILE_VERSION
from ab_shared.contracts.base import Command
from ab_shared.contracts.commands import (
    PrepareRead,
    RenderTrack,
    SynthesizeRead,
    SynthesizeReadLater,
)
from ab_shared.contracts.identifiers import prepared_address, speech_address, track_address
from ab_shared.contracts.speech import SpeechRecipe, Variant

from ab_session.domain.sounds import Found, Known, Wanted

VARIANTS: tuple[Variant, ...] = get_args(Variant)
READS_PER_LINE = len(VARIANTS)
FIRST_READS = 8 * READS_PER_LINE


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """One read of a track; ``position`` counts from 0 in playing order."""

    position: int
    text: str
    variant: Variant
    speech_address: str
    prepared_address: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A track to be: its reads in playing order, its address, the stems played with it."""

    recipe: SpeechRecipe
    reads: tuple[PlannedRead, ...]
    track_address: str
    stem_ids: tuple[str, str]

    @property
    def sequence(self) -> tuple[str, ...]:
        """Prepared addresses in playing order."""
        return tuple(read.prepared_address for read in self.reads)

    @property
    def wanted(self) -> Wanted:
        """All that the plan is made of."""
        return Wanted(
            speech=frozenset(read.speech_address for read in self.reads),
            prepared=frozenset(self.sequence),
            track=self.track_address,
            stems=frozenset(self.stem_ids),
        )

    def found(self, known: Known) -> Found:
        """How far the plan is carried out."""
        prepared = [read.prepared_address in known.prepared for read in self.reads]
        spoken = [
            done or read.speech_address in known.speech
            for read, done in zip(self.reads, prepared, strict=True)
        ]
        return Found(
            spoken=sum(spoken),
            prepared=sum(prepared),
            track=known.track is not None,
            stems=known.stems.issuperset(self.stem_ids),
        )

    def missing_stems(self, known: Known) -> tuple[str, ...]:
        """Stems to ask for."""
        return tuple(stem for stem in self.stem_ids if stem not in known.stems)

    def next_commands(self, known: Known, job_id: UUID) -> tuple[Command, ...]:
        """What to ask for now, each sound once, stems apart (they are not a job's own)."""
        if known.track is not None:
            return ()
        if known.prepared.issuperset(self.sequence):
            return (render_track(self.track_address, self.sequence, job_id),)
        return tuple(self._reads_to_make(known, job_id))

    def _reads_to_make(self, known: Known, job_id: UUID) -> Iterator[Command]:
        # A line that stands twice is two reads in the track but one piece of work.
        distinct = {read.prepared_address: read for read in self.reads}
        for address, read in distinct.items():
            if address in known.prepared:
                continue
            key = known.speech.get(read.speech_address)
            if key is None:
                yield self._synthesize(read, job_id)
            else:
                yield prepare_read(read.speech_address, address, key, job_id)

    def _synthesize(self, read: PlannedRead, job_id: UUID) -> SynthesizeRead:
        # One listener's long track must not keep everybody else's short one waiting.
        command = SynthesizeRead if read.position < FIRST_READS else SynthesizeReadLater
        return command(
            speech_address=read.speech_address,
            text=read.text,
            recipe=self.recipe,
            variant=read.variant,
            job_id=job_id,
        )


def make_plan(
    key: bytes, lines: Sequence[str], recipe: SpeechRecipe, stem_ids: tuple[str, str]
) -> Plan:
    """Each line twice, read 1 then read 2; ``key`` is the deployment's, ``lines`` are clean."""
    pairs = [(line, variant) for line in lines for variant in VARIANTS]
    reads = tuple(
        _read(key, position, text, variant, recipe)
        for position, (text, variant) in enumerate(pairs)
    )
    address = track_address(key, [read.prepared_address for read in reads])
    return Plan(recipe, reads, address, stem_ids)


def _read(
    key: bytes, position: int, text: str, variant: Variant, recipe: SpeechRecipe
) -> PlannedRead:
    speech = speech_address(key, text, recipe, variant)
    prepared = prepared_address(key, speech, PROFILE_VERSION)
    return PlannedRead(position, text, variant, speech, prepared)


def prepare_read(speech: str, prepared: str, speech_key: str, job_id: UUID | None) -> PrepareRead:
    """The command to make one spoken read ready for splicing."""
    return PrepareRead(
        speech_address=speech, prepared_address=prepared, speech_key=speech_key, job_id=job_id
    )


def render_track(address: str, sequence: tuple[str, ...], job_id: UUID) -> RenderTrack:
    """The command to splice a track; it carries no title, for listeners share the file."""
    return RenderTrack(track_address=address, reads=sequence, job_id=job_id)


def line_of(position: int) -> int:
    """The line (from 1) that the read at ``position`` (from 0) belongs to."""
    return position // READS_PER_LINE + 1
