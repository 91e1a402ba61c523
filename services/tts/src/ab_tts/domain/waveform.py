"""Speech as samples, and as a file that anybody can open."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

WAV = "audio/wav"
HEADROOM = 0.97
FULL_SCALE = 32767
BYTES_A_SAMPLE = 2


def wav_file(samples: Samples, rate: int) -> bytes:
    """Mono samples in [-1, 1] as a 16-bit WAV file; louder ones are scaled down, not clipped."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    scale = min(1.0, HEADROOM / peak) if peak else 1.0
    target = io.BytesIO()
    with wave.open(target, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(BYTES_A_SAMPLE)
        out.setframerate(rate)
        out.writeframes(np.round(samples * (scale * FULL_SCALE)).astype("<i2").tobytes())
    return target.getvalue()


def duration_ms(samples: Samples, rate: int) -> int:
    """How long the samples last, to the nearest millisecond."""
    return round(1000 * len(samples) / rate)
