from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from ab_stitching.domain.activity import Voice
from ab_stitching.domain.conditioning import condition
from ab_stitching.domain.errors import PreparedReadStale
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import VOICE
from ab_stitching.domain.read import PreparedRead, assemble
from ab_stitching.domain.track import plan_track


@pytest.fixture
def read(murmur: Pcm) -> PreparedRead:
    voices = (Voice(30, 700), Voice(1000, 1900))
    return assemble(condition(murmur, VOICE), (b"",) * 96, b"config", voices)


def test_reads_at_20_lufs_make_a_track_at_20_lufs(read: PreparedRead) -> None:
    for count in (2, 8, 48):
        plan = plan_track([read] * count, VOICE)
        assert plan.lufs == pytest.approx(-20, abs=0.2)
        assert plan.within_tolerance(VOICE)


def test_segments_move_with_their_reads(read: PreparedRead) -> None:
    plan = plan_track([read, read], VOICE)
    first, second = (read.start_ms for read in plan.read_spans)
    assert [voice.start_ms - first for voice in plan.segments[: len(read.segments)]] == [
        voice.start_ms for voice in read.segments
    ]
    assert [voice.end_ms - second for voice in plan.segments[len(read.segments) :]] == [
        voice.end_ms for voice in read.segments
    ]


def test_the_track_peaks_where_its_loudest_read_does(read: PreparedRead) -> None:
    louder = dataclasses.replace(read, true_peak_db=-3.0)
    assert plan_track([read, louder], VOICE).true_peak_db == -3.0


def test_a_quiet_read_puts_the_track_out_of_tolerance(read: PreparedRead) -> None:
    quiet = dataclasses.replace(read, bins=read.bins * np.float32(0.5))
    assert not plan_track([quiet, quiet], VOICE).within_tolerance(VOICE)


def test_reads_of_two_encoders_do_not_mix(read: PreparedRead) -> None:
    other = dataclasses.replace(read, stream_config=b"other")
    with pytest.raises(PreparedReadStale):
        plan_track([read, other], VOICE)
