from __future__ import annotations

import asyncio
import io
import re
import wave
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from ab_stitching.domain.pcm import Pcm

Speak = Callable[..., bytes]


class Ffmpeg:
    """The oracle: a whole ffmpeg that shares no code path with the engine's own measures."""

    def __init__(self) -> None:
        self._program = imageio_ffmpeg.get_ffmpeg_exe()

    def run(self, *arguments: str, sound: bytes = b"") -> tuple[bytes, str]:
        return asyncio.run(self._run(*arguments, sound=sound))

    async def _run(self, *arguments: str, sound: bytes) -> tuple[bytes, str]:
        running = await asyncio.create_subprocess_exec(
            *(self._program, "-hide_banner", "-nostats", "-y", *arguments),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        async with asyncio.timeout(60):
            out, log = await running.communicate(sound)
        assert running.returncode == 0, log.decode(errors="replace")
        return out, log.decode(errors="replace")

    def convert(self, sound: bytes, *arguments: str) -> bytes:
        return self.run("-i", "pipe:0", *arguments, "pipe:1", sound=sound)[0]

    def loudness(self, path: Path) -> tuple[float, float]:
        """Integrated loudness and true peak after libebur128."""
        _, log = self.run("-i", str(path), "-af", "ebur128=peak=true", "-f", "null", "-")
        return (
            float(re.findall(r"I: +(\S+) LUFS", log)[-1]),
            float(re.findall(r"Peak: +(\S+) dBFS", log)[-1]),
        )

    def silences(self, path: Path) -> list[tuple[float, float]]:
        """Silences in ms after silencedetect at the standard's threshold."""
        _, log = self.run("-i", str(path), "-af", "silencedetect=n=-35dB:d=0.2", "-f", "null", "-")
        starts = re.findall(r"silence_start: (\S+)", log)
        ends = re.findall(r"silence_end: (\S+)", log)
        return [(1000 * float(a), 1000 * float(b)) for a, b in zip(starts, ends, strict=False)]

    def decode(self, path: Path) -> Pcm:
        raw, _ = self.run("-i", str(path), "-f", "f32le", "-ac", "2", "pipe:1")
        return np.frombuffer(raw, np.float32).reshape(-1, 2).T


@pytest.fixture(scope="session")
def ffmpeg() -> Ffmpeg:
    return Ffmpeg()


def voiced(seed: int, seconds: float, rate: int) -> Pcm:
    """Speech-like: a gliding pulse train through three formants, in syllables with a pause."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time + seed)
    phase = np.cumsum(pitch) / rate
    source = np.where(np.diff(np.floor(phase), prepend=0) > 0, 1.0, 0.0)
    source += 0.01 * rng.standard_normal(len(time))
    hz = np.fft.rfftfreq(len(time), 1 / rate)
    formants = sum(
        level / (1 + ((hz - centre) / 90) ** 2)
        for centre, level in ((520, 1.0), (1500, 0.4), (2600, 0.15))
    )
    voice = np.fft.irfft(np.fft.rfft(source) * formants, len(time))
    syllables = np.clip(np.sin(2 * np.pi * (2.2 + 0.3 * (seed % 3)) * time), 0, 1) ** 0.7
    syllables[(time > 0.5 * seconds) & (time < 0.5 * seconds + 0.35)] = 0
    voice *= syllables
    return (0.4 * voice / np.max(np.abs(voice))).astype(np.float32)


def as_wav(pcm: Pcm, rate: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(pcm, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


@pytest.fixture(scope="session")
def speak() -> Speak:
    """A WAV file of speech-like sound: ``speak(seed, seconds=2.0, rate=24000, gain=1.0)``."""

    def make(seed: int, seconds: float = 2.0, rate: int = 24_000, gain: float = 1.0) -> bytes:
        quiet = np.zeros(rate // 10, np.float32)
        voice = voiced(seed, seconds, rate) * np.float32(gain)
        return as_wav(np.concatenate((quiet, voice, quiet)), rate)

    return make
