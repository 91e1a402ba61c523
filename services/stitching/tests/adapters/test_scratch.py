from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest
from ab_stitching.adapters.scratch import ABANDONED_SECONDS, scratch_folder, sweep_scratch


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_a_scratch_folder_is_gone_after_the_block() -> None:
    with scratch_folder() as folder:
        (folder / "track.m4a").write_bytes(b"x")
    assert not folder.exists()


def test_what_a_killed_process_left_is_swept_and_what_is_in_use_stays(tmp_path: Path) -> None:
    with scratch_folder() as in_use, scratch_folder() as left:
        (left / "stem.m4a").write_bytes(b"x")
        somebody_elses = tmp_path / "other"
        somebody_elses.mkdir()
        long_ago = time.time() - ABANDONED_SECONDS - 1
        for folder in (left, somebody_elses):
            os.utime(folder, (long_ago, long_ago))
        assert sweep_scratch() == 1
        assert in_use.exists()
        assert somebody_elses.exists()
        assert not left.exists()
        left.mkdir()
