"""The mix: exact to the sample, whatever the lengths of its loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ab_stitching.domain.activity import Voice
from ab_stitching.domain.mixdown import (
    END_FADE_MS,
    FADE_IN_MS,
    SLEEP_FADE_MS,
    FileFormat,
    Loops,
    Loudness,
    MixdownPlan,
    Volumes,
)
from ab_stitching.domain.mixdown_loudness import mixdown_loudness
from ab_stitching.domain.mixdown_mix import LONGEST_BLOCK, curve_of, mixed
from ab_stitching.domain.pcm import Pcm
from ab_stitching.domain.profile import SAMPLE_RATE
from hypothesis import given, settings
from hypothesis import strategies as st
from mixdown_loops_memory import ArrayLoop, constant

PLAN = MixdownPlan(
    title="A plan",
    minutes=1,
    format=FileFormat.M4A,
    fade_out=False,
    volumes=Volumes(1.0, 0.5, 0.25),
    loudness=Loudness(-20, -34, -32),
    segments=(Voice(2000, 5000), Voice(7000, 9000)),
)
VOICE_LENGTH = 12 * SAMPLE_RATE + 333


def render(plan: MixdownPlan, loops: Loops) -> Pcm:
    return np.concatenate(
        [b.pcm.copy() for b in mixed(plan, loops, curve_of(plan, loops.voice.length))], axis=1
    )


def silent_voice(length: int = VOICE_LENGTH) -> ArrayLoop:
    return constant(0.0, length, planes=1)


def steady(pcm: Pcm, start_ms: int, end_ms: int) -> Pcm:
    return pcm[:, start_ms * 48 : end_ms * 48]


@settings(deadline=None, max_examples=8)
@given(st.integers(SAMPLE_RATE, 70 * SAMPLE_RATE), st.integers(1, 3 * SAMPLE_RATE))
def test_the_length_is_exact_for_any_loops(voice_length: int, bed_length: int) -> None:
    loops = Loops(silent_voice(voice_length), constant(0.1, bed_length), constant(0.1, bed_length))
    plan = replace(PLAN, segments=())
    sizes = [b.pcm.shape[1] for b in mixed(plan, loops, curve_of(plan, voice_length))]
    assert sum(sizes) == plan.length == SAMPLE_RATE * 60
    assert max(sizes) < LONGEST_BLOCK


def test_beds_step_back_by_their_decibels_while_the_voice_speaks() -> None:
    for volumes, ducked_db in ((Volumes(1, 0, 1), -4.0), (Volumes(1, 1, 0), -2.0)):
        plan = replace(PLAN, volumes=volumes)
        loops = Loops(silent_voice(), constant(0.1, 7000), constant(0.1, 9001))
        pcm = render(plan, loops)
        assert steady(pcm, 3000, 4900) == pytest.approx(0.1 * 10 ** (ducked_db / 20), rel=2e-3)
        assert steady(pcm, 5900, 6900) == pytest.approx(0.1, rel=2e-3)


def test_every_round_ducks_alike() -> None:
    plan = replace(PLAN, volumes=Volumes(1, 0, 1))
    loops = Loops(silent_voice(), constant(0.0, 9000), constant(0.1, 9000))
    pcm = render(plan, loops)
    second, third = (pcm[:, n * VOICE_LENGTH : (n + 1) * VOICE_LENGTH] for n in (1, 2))
    np.testing.assert_allclose(second, third, rtol=1e-5)


def test_the_voice_is_where_its_loop_has_it_and_the_beds_run_on() -> None:
    dice = np.random.default_rng(1)
    voice = dice.uniform(-0.1, 0.1, (1, VOICE_LENGTH)).astype(np.float32)
    bed = dice.uniform(-0.1, 0.1, (2, 100_003)).astype(np.float32)
    plan = replace(PLAN, segments=())
    pcm = render(plan, Loops(ArrayLoop(voice), constant(0.0, 10), ArrayLoop(bed)))
    at = np.arange(4 * SAMPLE_RATE, 50 * SAMPLE_RATE)
    expected = voice[:, at % VOICE_LENGTH] + 0.25 * bed[:, at % 100_003]
    np.testing.assert_allclose(pcm[:, at], expected, atol=1e-6)


def test_bounds_hold() -> None:
    dice = np.random.default_rng(2)
    loops = Loops(
        *(
            ArrayLoop(dice.uniform(-0.3, 0.3, (planes, length)).astype(np.float32))
            for planes, length in ((1, VOICE_LENGTH), (2, 70_001), (2, 80_003))
        )
    )
    for block in mixed(PLAN, loops, curve_of(PLAN, VOICE_LENGTH)):
        assert float(np.max(np.abs(block.pcm), initial=0.0)) <= block.bound


def test_beds_fade_in_at_equal_power_and_the_voice_does_not() -> None:
    plan = replace(PLAN, volumes=Volumes(1, 0, 1), segments=())
    pcm = render(plan, Loops(silent_voice(), constant(0.0, 10), constant(0.2, 4800)))
    half = FADE_IN_MS * 48 // 2
    assert pcm[0, 0] == 0
    assert pcm[0, half] == pytest.approx(0.2 * np.sqrt(0.5), rel=1e-3)
    assert pcm[0, 2 * half] == pytest.approx(0.2, rel=1e-3)
    pcm = render(plan, Loops(constant(0.3, 4800, 1), constant(0, 10), constant(0, 10)))
    assert pcm[0, 0] == pytest.approx(0.3)


@pytest.mark.parametrize(("sleep", "fade_ms"), [(False, END_FADE_MS), (True, SLEEP_FADE_MS)])
def test_the_end_fades_at_equal_power(*, sleep: bool, fade_ms: int) -> None:
    plan = replace(PLAN, minutes=2, volumes=Volumes(1, 0, 1), segments=(), fade_out=sleep)
    pcm = render(plan, Loops(silent_voice(), constant(0.0, 10), constant(0.2, 4800)))
    start = plan.length - fade_ms * 48
    assert pcm[0, start - 1] == pytest.approx(0.2)
    assert pcm[0, start + fade_ms * 24] == pytest.approx(0.2 * np.sqrt(0.5), rel=1e-3)
    assert abs(pcm[0, -1]) < 1e-4


def test_the_voice_ends_with_a_whole_phrase() -> None:
    # The last round has 60 - 4 * 12 s: its second phrase would run into the fade.
    voice = np.zeros((1, 12 * SAMPLE_RATE), np.float32)
    for segment in (Voice(2000, 5000), Voice(8000, 11_000)):
        voice[:, segment.start_ms * 48 : segment.end_ms * 48] = 0.3
    plan = replace(
        PLAN, volumes=Volumes(1, 0, 0), segments=(Voice(2000, 5000), Voice(8000, 11_000))
    )
    pcm = render(plan, Loops(ArrayLoop(voice), constant(0.0, 10), constant(0.0, 10)))
    assert steady(pcm, 48_000 + 2000, 48_000 + 5000) == pytest.approx(0.3)
    assert not steady(pcm, 48_000 + 5000, 60_000).any()
    assert steady(pcm, 36_000 + 8000, 36_000 + 11_000) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("volumes", "lufs"),
    [
        (Volumes(1, 0, 0), -20.0),
        (Volumes(0.5, 0, 0), -26.02),
        (Volumes(0, 0, 1), -32.0),
        (Volumes(0, 1, 0), -34.0),
        (Volumes(0, 0, 0), -70.0),
    ],
)
def test_a_layer_alone_is_as_loud_as_it_is(volumes: Volumes, lufs: float) -> None:
    plan = replace(PLAN, volumes=volumes, segments=())
    powers = [0.01 if hop % 40 < 25 else 0.0 for hop in range(120)]
    curve = curve_of(plan, VOICE_LENGTH)
    assert mixdown_loudness(plan, powers, curve) == pytest.approx(lufs, abs=0.01)
