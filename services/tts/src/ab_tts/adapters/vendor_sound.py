"""A vendor's bytes as raw speech: opened to see that they are what was asked for."""

from __future__ import annotations

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from ab_tts.domain.vendor_sound import (
    CONTENT_TYPES,
    RATES,
    Format,
    WrongSound,
    check_length,
    check_start,
    check_swing,
    most_seconds,
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
        seconds, swing = len(samples) / rate, _swing(samples)
        audio = wav_file(samples, rate)
    else:
        seconds, swing = _measured(audio, most_seconds(len(spoken)))
    check_length(seconds, len(spoken))
    check_swing(swing)
    milliseconds = round(seconds * 1000)
    return RawSpeech(audio, CONTENT_TYPES[wanted], milliseconds, len(spoken), alignment)


def _measured(audio: bytes, most: float) -> tuple[float, float]:
    """Seconds and swing, sample by sample: headers of streamed files promise anything.

    No further than past ``most`` seconds: a small file can hold hours of nothing.
    """
    samples, swing = 0, 0.0
    try:
        with av.open(io.BytesIO(audio), "r", container_options=OPTIONS) as container:
            stream: Any = container.streams.audio[0]
            rate = int(stream.rate)
            for frame in container.decode(stream):
                samples += frame.samples
                swing = max(swing, _swing(frame.to_ndarray()))
                if samples > (most + 1) * rate:
                    break
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise WrongSound("The vendor's answer is no sound") from error
    if rate not in RATES:
        raise WrongSound("Nobody speaks at the vendor's sample rate")
    return samples / rate, swing


def _swing(samples: NDArray[Any]) -> float:
    """From the lowest to the highest sample, full scale being 2."""
    if not samples.size:
        return 0.0
    scale = np.iinfo(samples.dtype).max if samples.dtype.kind in "iu" else 1.0
    return (float(samples.max()) - float(samples.min())) / float(scale)
