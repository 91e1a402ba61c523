from __future__ import annotations

import asyncio
import json
import re
from asyncio.subprocess import PIPE
from pathlib import Path

import imageio_ffmpeg
import pytest
from ab_stitching.entrypoints.audio_cli import app
from typer.testing import CliRunner

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
TONE = "aevalsrc=0.2*sin(2*PI*440*t)*lt(mod(t\\,2)\\,1)|0.1*sin(2*PI*330*t):s=48000:d=7"
PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments: str) -> str:
    return asyncio.run(ffmpeg(*arguments))


async def ffmpeg(*arguments: str) -> str:
    program = (FFMPEG, "-hide_banner", "-nostats", "-y")
    running = await asyncio.create_subprocess_exec(*program, *arguments, stderr=PIPE)
    async with asyncio.timeout(60):
        _, log = await running.communicate()
    assert running.returncode == 0, log.decode()
    return log.decode()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sound") / "tone.m4a"
    run("-f", "lavfi", "-i", TONE, "-c:a", "aac", "-b:a", "128k", str(made))
    return made


def test_a_file_is_measured_as_ffmpeg_measures_it(file: Path) -> None:
    done = CliRunner().invoke(app, ["inspect", str(file), "--json"])
    facts = json.loads(done.output)
    log = run("-i", str(file), "-af", "ebur128=peak=true", "-f", "null", "-")
    assert facts["loudnessLUFS"] == pytest.approx(
        float(re.findall(r"I: +(\S+) LUFS", log)[-1]), abs=0.1
    )
    assert facts["truePeakDBTP"] == pytest.approx(
        float(re.findall(r"Peak: +(\S+) dBFS", log)[-1]), abs=0.3
    )
    assert facts["seconds"] == pytest.approx(7, abs=0.03)
    assert facts["channels"] == 2
    assert not facts["leftEqualsRight"]
    assert Path(facts["picture"]).read_bytes().startswith(PNG)


def test_people_get_a_table_and_a_picture_where_they_want_it(file: Path, tmp_path: Path) -> None:
    picture = tmp_path / "seen.png"
    done = CliRunner().invoke(app, ["inspect", str(file), "--out", str(picture)])
    assert done.exit_code == 0
    assert "loudnessLUFS" in done.output
    assert picture.read_bytes().startswith(PNG)


@pytest.mark.parametrize("content", [None, b"", b"no sound at all"], ids=["gone", "empty", "text"])
def test_what_is_no_sound_is_named_in_one_line(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "x.m4a"
    if content is not None:
        path.write_bytes(content)
    done = CliRunner().invoke(app, ["inspect", str(path)])
    assert done.exit_code == 1
    assert "file that can be opened" in " ".join(done.output.split())
    assert "Traceback" not in done.output
