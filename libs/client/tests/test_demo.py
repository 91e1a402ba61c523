from __future__ import annotations

from dataclasses import replace

import pytest
from ab_client.demo import shortfalls
from ab_client.lines import BUILT_IN, new_line, with_one_changed
from ab_client.tracks import TrackReport
from ab_shared.contracts.writing import Line
from pydantic import TypeAdapter

NEW = TrackReport("s", 4, 60.0, -20.0, -1.5, 8, 0, {}, 3.0, 1000, "aa")
SAME = replace(NEW, reads_rendered=0, reads_reused=8)
CHANGED = replace(NEW, reads_rendered=2, reads_reused=6, sha256="bb")
RUNS = {"new": NEW, "same": SAME, "changed": CHANGED}


@pytest.mark.parametrize(
    ("run", "change", "broken"),
    [
        ("same", {"reads_rendered": 1}, ["the same lines again render no read"]),
        ("changed", {"reads_rendered": 1}, ["one changed line renders two reads"]),
        ("changed", {"reads_rendered": 3}, ["one changed line renders two reads"]),
        ("same", {"sha256": "bb"}, ["the same lines are the same track"]),
        *((run, {"loudness_lufs": -20.31}, ["loudness is on target"]) for run in RUNS),
        *((run, {"loudness_lufs": -19.69}, ["loudness is on target"]) for run in RUNS),
        *((run, {"true_peak_dbtp": -1.49}, ["true peak is under its limit"]) for run in RUNS),
        *((run, {"loudness_lufs": loudness}, []) for run in RUNS for loudness in (-20.3, -19.7)),
        ("new", {"reads_rendered": 0}, []),
        ("changed", {"sha256": "aa"}, []),
    ],
)
def test_each_promise_is_held_to_each_run(
    run: str, change: dict[str, object], broken: list[str]
) -> None:
    runs = RUNS | {run: replace(RUNS[run], **change)}
    assert shortfalls(runs["new"], runs["same"], runs["changed"]) == broken


def test_every_broken_promise_is_named() -> None:
    bad = replace(NEW, reads_rendered=7, loudness_lufs=-14.0, true_peak_dbtp=0.0, sha256="cc")
    assert len(shortfalls(NEW, bad, bad)) == 5


def test_our_own_lines_can_be_spoken() -> None:
    line: TypeAdapter[str] = TypeAdapter(Line)
    for text in (*BUILT_IN, *(new_line() for _ in range(200))):
        assert line.validate_python(text) == text
        assert 5 <= len(text.split()) <= 12, text


@pytest.mark.parametrize("count", [1, 2, 4])
def test_only_the_last_line_is_changed(count: int) -> None:
    lines = list(BUILT_IN[:count])
    for _ in range(50):
        changed = with_one_changed(lines)
        assert len(changed) == count
        assert changed[:-1] == lines[:-1]
        assert changed[-1] not in lines
    assert lines == list(BUILT_IN[:count])
