"""Plays tts and stitching: answers a command with the event that follows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from ab_shared.contracts.base import Event, Message
from ab_shared.contracts.commands import PrepareRead, PublishStem, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import (
    ReadFailed,
    ReadPrepared,
    ReadReady,
    ReadRejected,
    StemFailed,
    StemPublished,
    TrackFailed,
    TrackRendered,
)
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.speech import Performance, SpeechRecipe, VoiceOffer

WORK_MS = 40


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def recipe(voice: str = "nova", version: str = "1", provider: str = "studio") -> SpeechRecipe:
    return SpeechRecipe(
        provider=provider,
        provider_voice=voice,
        model="m1",
        synthesis_version=version,
        performances=(
            Performance(variant=1, seed=1, speed=0.9),
            Performance(variant=2, seed=2, speed=0.88),
        ),
    )


def offer(voice: str, version: str = "1") -> VoiceOffer:
    return VoiceOffer(
        voice_id=voice,
        title=voice.title(),
        description=voice,
        recipe=recipe(voice, version),
        instead=tuple(recipe(voice, provider=other) for other in ("second", "third")),
    )


def asset(key: str, duration_ms: int = 24_000) -> AssetRef:
    return AssetRef(key=key, bytes=1000, sha256=digest(key), duration_ms=duration_ms)


def ready(address: str, *, synthesized: bool = True) -> ReadReady:
    return ReadReady(
        speech_address=address,
        speech_key=f"speech/{address[:2]}/{address}.flac",
        content_type="audio/flac",
        duration_ms=3000,
        characters=20,
        synthesized=synthesized,
        synthesis_ms=WORK_MS,
    )


def prepared(speech: str, address: str, *, prepared: bool = True) -> ReadPrepared:
    return ReadPrepared(
        speech_address=speech,
        prepared_address=address,
        duration_ms=2900,
        prepared=prepared,
        preparation_ms=WORK_MS,
    )


def rendered(address: str, reads: int = 4) -> TrackRendered:
    return TrackRendered(
        track_address=address,
        asset=asset(f"tracks/{address}/affirmations.m4a"),
        loudness_lufs=-20.1,
        true_peak_dbtp=-2.0,
        segments=(Segment(start_ms=500, end_ms=3400), Segment(start_ms=4900, end_ms=7800)),
        engine_mode="splice",
        profile_version="voice-1",
        render_ms=WORK_MS,
        read_spans=tuple(
            Segment(start_ms=500 + 6000 * index, end_ms=3400 + 6000 * index)
            for index in range(reads)
        ),
        waveform=(0.0, 0.5, 1.0),
    )


def published(stem_id: str, version: str = "1") -> StemPublished:
    return StemPublished(
        stem_id=stem_id,
        recipe_version=version,
        asset=asset(f"stems/{digest(stem_id + version)}/{stem_id}.m4a", 180_224),
        loudness_lufs=-34.0,
        true_peak_dbtp=-12.0,
        needs_runtime_crossfade=False,
        seam_risk_score=0.0,
    )


@dataclass
class Studio:
    """What exists in it, what fails in it, and what it was asked for."""

    speech: set[str] = field(default_factory=set)
    prepared: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    unspeakable: set[str] = field(default_factory=set)
    down: dict[str, str] = field(default_factory=dict)
    """Providers that do not speak, and the code they fail with."""
    unusable: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    unrenderable: bool = False
    loses_reads: bool = False
    asked: list[Message] = field(default_factory=list)

    def answer(self, command: Message) -> Event | None:
        """The event that a command leads to; None for what is no command of the studio's."""
        if isinstance(command, SynthesizeRead):
            return self._speak(command)
        if isinstance(command, PrepareRead):
            return self._prepare(command)
        if isinstance(command, RenderTrack):
            return self._render(command)
        if isinstance(command, PublishStem):
            self.asked.append(command)
            if command.stem_id in self.broken:
                return StemFailed(stem_id=command.stem_id, code="ASSET_ERROR", message="broken")
            return published(command.stem_id)
        return None

    def _speak(self, command: SynthesizeRead) -> Event:
        self.asked.append(command)
        if command.text in self.unspeakable:
            return ReadFailed(
                speech_address=command.speech_address,
                code="VALIDATION_ERROR",
                message="nothing in it can be spoken",
            )
        if code := self.down.get(command.recipe.provider):
            return ReadFailed(
                speech_address=command.speech_address, code=code, message="The voice is away"
            )
        new = command.speech_address not in self.speech
        self.speech.add(command.speech_address)
        return ready(command.speech_address, synthesized=new)

    def _prepare(self, command: PrepareRead) -> Event:
        self.asked.append(command)
        if command.speech_address in self.unusable:
            return ReadRejected(
                speech_address=command.speech_address,
                prepared_address=command.prepared_address,
                code="ASSET_ERROR",
                message="the speech is silent",
            )
        new = command.prepared_address not in self.prepared
        self.prepared.add(command.prepared_address)
        return prepared(command.speech_address, command.prepared_address, prepared=new)

    def _render(self, command: RenderTrack) -> Event:
        self.asked.append(command)
        if self.unrenderable:
            return TrackFailed(
                track_address=command.track_address, code="ASSET_ERROR", message="no"
            )
        if self.loses_reads:
            self.lost.add(command.reads[0])
        missing = sorted(self.lost & set(command.reads))
        if missing:
            self.lost -= set(missing)
            self.prepared -= set(missing)
            return TrackFailed(
                track_address=command.track_address,
                code="ASSET_ERROR",
                message="reads are missing",
                missing_reads=tuple(missing),
            )
        return rendered(command.track_address, len(command.reads))

    def heard(self, kind: type[Message]) -> int:
        """How often one kind of command was heard."""
        return sum(isinstance(command, kind) for command in self.asked)
