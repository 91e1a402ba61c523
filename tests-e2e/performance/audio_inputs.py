"""What every contestant gets: two real spoken reads a line, as MP3 files like a vendor's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from audio.lines import LINES
from audio.speech import reads_of, speak
from imageio_ffmpeg import get_ffmpeg_exe

FOLDER = Path(".local/sound/close-cut")
VOICE = "nova"
GAPS_MS = (1500, 4000)
# Cut close, so that nobody has more to do than others: only our engine trims by itself.
_LEAD = "silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.1"
CLOSE_CUT = f"{_LEAD},areverse,{_LEAD},areverse"
FORMAT = "mp3, 44.1 kHz mono, 128 kb/s, spoken by the embedded provider's nova"


def ffmpeg(*arguments: str) -> str:
    """Runs the wheel's ffmpeg and answers what it logged."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *arguments]
    return subprocess.run(command, check=True, stderr=subprocess.PIPE, text=True).stderr


def reads(lines: int) -> list[Path]:
    """The files of the first lines in playing order."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    spoken = speak(reads_of(VOICE, LINES[:lines]), processes=2)
    return [_as_mp3(path) for path in spoken]


def silence(milliseconds: int) -> Path:
    """A silent file of the same kind, which the old way puts between the reads."""
    target = FOLDER / f"silence-{milliseconds}.mp3"
    if not target.exists():
        source = ("-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono")
        ffmpeg(*source, "-t", str(milliseconds / 1000), "-b:a", "128k", str(target))
    return target


def _as_mp3(spoken: Path) -> Path:
    target = FOLDER / f"{spoken.stem}.mp3"
    if not target.exists():
        part = target.with_suffix(".part.mp3")
        mp3 = ("-af", CLOSE_CUT, "-ar", "44100", "-b:a", "128k")
        ffmpeg("-v", "error", "-i", str(spoken), *mp3, str(part))
        part.replace(target)
    return target
