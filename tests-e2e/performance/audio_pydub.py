"""``python -m performance.audio_pydub LIST TARGET``: the track as pydub's manual would make it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from performance.audio_inputs import GAPS_MS

with warnings.catch_warnings():
    # It looks for an ffmpeg on the path before anybody can name one.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

TARGET_DB = -20.0


def silent(milliseconds: int) -> AudioSegment:
    return AudioSegment.silent(milliseconds, frame_rate=48000).set_channels(2)


def main(listing: Path, target: Path) -> None:
    AudioSegment.converter = get_ffmpeg_exe()
    track = silent(500)
    for place, path in enumerate(listing.read_text().split()):
        # Naming the codec spares it ffprobe, once a read: there is none in any wheel.
        read = AudioSegment.from_file(path, codec="mp3")
        track += read.set_frame_rate(48000).set_channels(2) + silent(GAPS_MS[place % 2])
    track = track.apply_gain(TARGET_DB - track.dBFS) + silent(750)
    faststart = ["-movflags", "+faststart"]
    track.export(target, format="ipod", codec="aac", bitrate="192k", parameters=faststart).close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
