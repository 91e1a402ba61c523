from __future__ import annotations

from uuid import UUID

from ab_session.domain.plan import Plan, line_of, make_plan
from ab_session.domain.sounds import Known
from ab_shared.contracts.commands import (
    PrepareRead,
    RenderTrack,
    SynthesizeRead,
    SynthesizeReadLater,
)
from hypothesis import given
from hypothesis import strategies as st
from session_memory.studio import asset, recipe

JOB = UUID(int=7)
STEMS = ("alpha_10hz_400", "babbling-brook")
LINES = st.lists(st.sampled_from([f"I am line {c}." for c in "abcde"]), min_size=1, max_size=50)


def plan_of(lines: list[str], key: bytes = b"key", voice: str = "nova") -> Plan:
    return make_plan(key, lines, recipe(voice), STEMS)


@given(LINES)
def test_each_line_is_read_twice_in_order(lines: list[str]) -> None:
    plan = plan_of(lines)
    assert [(r.text, r.variant) for r in plan.reads] == [(t, v) for t in lines for v in (1, 2)]
    assert [r.position for r in plan.reads] == list(range(2 * len(lines)))
    assert [line_of(r.position) for r in plan.reads] == [
        n + 1 for n in range(len(lines)) for _ in range(2)
    ]
    assert len(plan.wanted.speech) == 2 * len(set(lines))


@given(LINES, st.data())
def test_only_what_is_missing_is_asked_for_and_once(lines: list[str], data: st.DataObject) -> None:
    plan = plan_of(lines)
    speech = data.draw(st.sets(st.sampled_from(sorted(plan.wanted.speech))))
    prepared = data.draw(st.sets(st.sampled_from(sorted(plan.wanted.prepared))))
    known = Known(
        speech={address: f"speech/{address}" for address in speech}, prepared=frozenset(prepared)
    )
    commands = plan.next_commands(known, JOB)
    if plan.wanted.prepared <= prepared:
        assert commands == (
            RenderTrack(track_address=plan.track_address, reads=plan.sequence, job_id=JOB),
        )
        return
    synthesized = [c.speech_address for c in commands if isinstance(c, SynthesizeRead)]
    asked = [c.prepared_address for c in commands if isinstance(c, PrepareRead)]
    assert len(commands) == len(synthesized) + len(asked)
    assert len(set(synthesized)) == len(synthesized)
    assert len(set(asked)) == len(asked)
    expected = {
        r.prepared_address: r.speech_address
        for r in plan.reads
        if r.prepared_address not in prepared
    }
    assert set(synthesized) == {s for s in expected.values() if s not in speech}
    assert set(asked) == {p for p, s in expected.items() if s in speech}


def test_a_known_track_needs_nothing() -> None:
    plan = plan_of(["I am here now."])
    known = Known(track=asset("tracks/x"), stems=frozenset(STEMS[:1]))
    assert plan.next_commands(known, JOB) == ()
    assert plan.missing_stems(known) == (STEMS[1],)
    assert plan.found(known).track
    assert not plan.found(known).stems


def test_a_prepared_read_counts_as_spoken() -> None:
    plan = plan_of(["I am here now.", "I stay here now."])
    known = Known(prepared=frozenset(plan.sequence[:3]))
    found = plan.found(known)
    assert (found.spoken, found.prepared) == (3, 3)


def test_one_other_line_changes_two_reads_and_the_track() -> None:
    one, two = plan_of(["I am a.", "I am b."]), plan_of(["I am a.", "I am c."])
    assert len(set(one.sequence) & set(two.sequence)) == 2
    assert one.track_address != two.track_address


def test_the_order_of_lines_makes_another_track_of_the_same_reads() -> None:
    one, two = plan_of(["I am a.", "I am b."]), plan_of(["I am b.", "I am a."])
    assert set(one.sequence) == set(two.sequence)
    assert one.track_address != two.track_address


def test_another_key_or_voice_shares_nothing() -> None:
    base = plan_of(["I am a."])
    assert not set(base.sequence) & set(plan_of(["I am a."], key=b"other").sequence)
    assert not set(base.sequence) & set(plan_of(["I am a."], voice="onyx").sequence)


def test_what_lies_far_inside_a_long_track_may_be_overtaken() -> None:
    plan = plan_of([f"I am line number {n}." for n in range(50)])
    asked = [type(command) for command in plan.next_commands(Known(), JOB)]
    assert asked == [SynthesizeRead] * 16 + [SynthesizeReadLater] * 84
