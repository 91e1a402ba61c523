"""A vendor's bytes as raw speech: opened to see that they are what was asked for."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np

from ab_tts.domain.vendor_sound import (
    CONTENT_TYPES,
    RATES,
    Format,
    WrongSound,
    check_length,
    check_start,
)
from ab_tts.domain.waveform import wav_file
from ab_tts.domain.word_times import Alignment
from ab_tts.ports import RawSpeech

SAMPLE_BYTES = 2
# What a vendor sends is a file of its own: no playlist may open others, or addresses.
OPTIONS = {"format_whitelist": "wav,mp3,flac", "protocol_whitelist": ""}


def raw_speech(
    audio: bytes, wanted: Format, rate: int, spoken: str, alignment: Alignment | None = None
) -> RawSpeech:
    """The read, once its format, rate and length are plausible; ``rate`` is that of raw samples.

    Raises ``WrongSound``. Decoding takes milliseconds, so a worker thread may do it.
    """
    check_start(audio, wanted)
    if wanted == "pcm":
        if len(audio) % SAMPLE_BYTES:
            raise WrongSound("The vendor's answer ends in the middle of a sample")
        samples = np.frombuffer(audio, "<i2").astype(np.float32) / np.float32(32768)
        seconds, audio = len(samples) / rate, wav_file(samples, rate)
    else:
        seconds = _seconds(audio)
    check_length(seconds, len(spoken))
    milliseconds = round(seconds * 1000)
    return RawSpeech(audio, CONTENT_TYPES[wanted], milliseconds, len(spoken), alignment)


def _seconds(audio: bytes) -> float:
    """Counted sample by sample: headers of streamed files promise anything."""
    try:
        with av.open(io.BytesIO(audio), "r", container_options=OPTIONS) as container:
            stream: Any = container.streams.audio[0]
            rate = int(stream.rate)
            samples = sum(frame.samples for frame in container.decode(stream))
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise WrongSound("The vendor's answer is no sound") from error
    if rate not in RATES:
        raise WrongSound("Nobody speaks at the vendor's sample rate")
    return float(samples / rate)
