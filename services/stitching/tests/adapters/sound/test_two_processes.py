"""What one process makes, another makes to the same byte: their results may take turns."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

SCRIPT = """
import hashlib, sys
from pathlib import Path
from ab_shared.contracts.stems import stem_with_id
from ab_stitching.adapters.engine import prepare_read, render_track
from ab_stitching.adapters.stem_engine import render_stem
from ab_stitching.domain.read_codec import dump_read

folder = Path(sys.argv[1])
reads = [prepare_read(Path(name).read_bytes()) for name in sys.argv[2:]]
for read in reads:
    print(hashlib.sha256(dump_read(read)).hexdigest())
print(render_track(reads, folder / "track.m4a").sha256)
for stem_id in ("solfeggio_40", "distant-ocean"):
    print(render_stem(stem_with_id(stem_id), folder / "stem.m4a").sha256)
"""


async def hashes(folder: Path, speech: list[str], seed: str) -> list[str]:
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCRIPT, str(folder), *speech),
        env=os.environ | {"PYTHONHASHSEED": seed},
        stdout=PIPE,
    )
    async with asyncio.timeout(110):
        out, _ = await running.communicate()
    assert running.returncode == 0
    return out.decode().split()


def test_two_processes_at_once_make_the_same_bytes(speak: Any, tmp_path: Path) -> None:
    speech = []
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
    for number in range(2):
        file = tmp_path / f"{number}.wav"
        file.write_bytes(speak(number))
        speech.append(str(file))
    one, other = asyncio.run(at_once(tmp_path, speech))
    assert one == other
    assert len(set(one)) == 5


async def at_once(folder: Path, speech: list[str]) -> list[list[str]]:
    return await asyncio.gather(*(hashes(folder / seed, speech, seed) for seed in ("1", "2")))
