"""Any speech file a provider may send → 48 kHz mono samples, within bounds."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from ab_stitching.domain.errors import CutShort, Silent, TooLarge, TooLong, Unreadable
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE, VOICE
from ab_stitching.domain.wholeness import is_cut_short

# A minute of 24-bit stereo at 48 kHz is 17 MB.
LARGEST_READ_BYTES = 20 * 1024 * 1024

# Below, one packet becomes minutes of sound and of memory; above, nobody speaks.
_RATES = range(4000, 384_001)

# A playlist or a concat script would make FFmpeg open other files and addresses: only
# containers that hold their own sound are let in.
_CONTAINERS = "wav,w64,mp3,mov,mp4,m4a,3gp,3g2,mj2,ogg,flac,aac,matroska,webm,aiff,au"
_PATIENT = {"format_whitelist": _CONTAINERS, "protocol_whitelist": ""}
# FFmpeg's habit of reading on to be sure costs more than the decoding itself.
_HASTY = _PATIENT | {"probesize": "4096", "analyzeduration": "0"}


def decode_speech(raw: bytes) -> Pcm:
    """Decodes one read.

    Args:
        raw: a whole file: WAV, MP3, MP4, Ogg, FLAC, WebM and their like.

    Returns:
        ``(n,)`` float32 samples at 48 kHz; several channels are mixed down to one.

    Raises:
        Silent: there are no bytes, or no sample in them.
        CutShort: it ends before its own header says.
        TooLarge: more than 20 MB.
        TooLong: more than 60 s; found out while decoding, not after it.
        Unreadable: neither PyAV nor pydub opens it.
    """
    if not raw:
        raise Silent("The read has no bytes.")
    if len(raw) > LARGEST_READ_BYTES:
        raise TooLarge("The read is too large.", details={"bytes": len(raw)})
    if is_cut_short(raw):
        raise CutShort("The read ends before its header says.", details={"bytes": len(raw)})
    for options in (_HASTY, _PATIENT):
        with suppress(av.FFmpegError, ValueError, IndexError):
            return _joined(_decoded(raw, options))
    return _joined(_resampled(_pydub_frames(raw)))


def _joined(frames: Iterator[AudioFrame]) -> Pcm:
    pieces = _collect(frames)
    if not pieces:
        raise Silent("The read holds no samples.")
    return np.concatenate(pieces)


def _collect(frames: Iterator[AudioFrame]) -> list[Pcm]:
    pieces: list[Pcm] = []
    room = VOICE.longest_read_s * SAMPLE_RATE
    for frame in frames:
        room -= frame.samples
        if room < 0:
            raise TooLong("The read is too long.", details={"limit_s": VOICE.longest_read_s})
        pieces.append(cast("Pcm", frame.to_ndarray())[0])
    return pieces


def _decoded(raw: bytes, options: dict[str, str]) -> Iterator[AudioFrame]:
    with av.open(BytesIO(raw), "r", container_options=options) as container:
        stream = container.streams.audio[0]
        _check_rate(stream.rate)
        # A read is short: threads inside the codec would only fight those around it.
        stream.codec_context.thread_count = 1
        yield from _resampled(container.decode(stream))


def _check_rate(rate: int | None) -> None:
    if rate not in _RATES:
        raise Unreadable("Nobody speaks at this sample rate.", details={"hz": rate})


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    resampler = AudioResampler("flt", "mono", SAMPLE_RATE)
    for frame in frames:
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _pydub_frames(raw: bytes) -> Iterator[AudioFrame]:
    """WAV as pydub reads it, which minds a broken outer header less than FFmpeg does."""
    try:
        segment = _pydub().AudioSegment(data=raw).set_channels(1).set_sample_width(2)
    except Exception as error:
        raise Unreadable("No decoder opens the read.") from error
    samples = np.frombuffer(segment.raw_data, np.int16).reshape(1, -1)
    if not samples.size:
        # pydub finds nothing in other formats, too.
        if raw[8:12] != b"WAVE":
            raise Unreadable("No decoder opens the read.")
        raise Silent("The read holds no samples.")
    _check_rate(segment.frame_rate)
    # It comes in one piece: before it is resampled in one.
    if samples.size > VOICE.longest_read_s * segment.frame_rate:
        raise TooLong("The read is too long.", details={"limit_s": VOICE.longest_read_s})
    frame = AudioFrame.from_ndarray(samples, "s16", "mono")
    frame.sample_rate = segment.frame_rate
    yield frame


def _pydub() -> Any:
    # Imported when first needed: pydub warns about a missing ffmpeg, which is not used here.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("pydub")
