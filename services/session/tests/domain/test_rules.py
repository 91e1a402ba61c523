from __future__ import annotations

from uuid import UUID

import pytest
from ab_session.domain.brain_layer import BrainLayer, brain_layer
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.reasons import line_failed
from ab_session.domain.session import Generation, view
from ab_session.domain.writing_rules import complaints, set_complaints
from ab_shared.contracts.stems import StemKind, stems_of
from ab_shared.contracts.voices import VOICES_BY_ID
from ab_shared.testing.clock import FakeClock


@pytest.mark.parametrize(
    ("goal", "hz", "state", "stem"),
    [
        ("wake-up", 17, "Beta", "beta_low_17hz_400"),
        ("Wake Up", 17, "Beta", "beta_low_17hz_400"),
        ("COFFEE replacement", 17, "Beta", "beta_low_17hz_400"),
        ("meditate", 7, "Theta", "theta_7hz_400"),
        ("focus", 13.5, "SMR", "smr_13.5hz_400"),
        ("sleep", 3, "Delta", "delta_3hz_400"),
        ("pre-performance", 12, "Alpha", "alpha_12hz_120"),
        ("anxiety", 10, "Alpha", "alpha_10hz_400"),
        ("anxiety relief", 10, "Alpha", "alpha_10hz_400"),
        ("creativity", 7, "Theta", "theta_7hz_400"),
        ("something else", 10, "Alpha", "alpha_10hz_400"),
        ("", 10, "Alpha", "alpha_10hz_400"),
        (None, 10, "Alpha", "alpha_10hz_400"),
    ],
)
def test_the_goal_decides_the_beat(goal: str | None, hz: float, state: str, stem: str) -> None:
    layer = brain_layer(goal)
    assert (layer.frequency_hz, layer.brainwave_state, layer.solfeggio_hz) == (hz, state, None)
    assert layer.stem.stem_id == stem


def test_a_frequency_is_honoured_where_a_stem_has_it() -> None:
    for stem in stems_of(StemKind.BINAURAL):
        layer = brain_layer("sleep", frequency_hz=stem.hz)
        assert layer.frequency_hz == stem.hz
        assert layer.stem.hz == stem.hz
    assert brain_layer("sleep", frequency_hz=5.5).frequency_hz == 3
    assert brain_layer(None, frequency_hz=40).brainwave_state is None


def test_solfeggio_comes_only_from_the_draft_and_on_a_tone_there_is() -> None:
    layer = brain_layer("sleep", solfeggio_hz=528, frequency_hz=7)
    assert layer == BrainLayer(solfeggio_hz=528)
    assert layer.stem.stem_id == "solfeggio_528"
    assert brain_layer(None, solfeggio_hz=530).solfeggio_hz == 528
    assert brain_layer(None, solfeggio_hz=20000).solfeggio_hz == 963


def test_a_stem_that_is_no_longer_made_falls_back() -> None:
    assert BrainLayer(frequency_hz=5.25).stem.stem_id == "alpha_10hz_400"


def test_every_catalogue_line_obeys_the_writing_rules() -> None:
    for entry in CATALOGUE:
        assert set_complaints(entry.lines) == [], entry.title


def test_the_catalogue_is_what_phones_have_saved() -> None:
    by_title = {entry.title: entry for entry in CATALOGUE}
    expected = {
        "Wake Up": ("1c261e4b-7009-482a-928e-5b1b46700c99", "alloy"),
        "Meditate": ("2d372f5c-8110-593b-a39f-6c2c57811d00", "shimmer"),
        "Focus": ("9e5c6020-0063-41ec-b8f4-604719b48f61", "onyx"),
        "Sleep": ("5b53366c-48e8-4672-a420-9430c4436577", "shimmer"),
        "Pre-Performance": ("6c64477d-59f9-6843-b531-7654d5547688", "alloy"),
        "Creativity": ("7d75588e-6a0a-7954-c642-8765e6658799", "nova"),
        "Coffee Replacement": ("8e86699f-7b1b-8a65-d753-9876f7769800", "onyx"),
        "Ease In": ("a1b2c3d4-e5f6-7890-abcd-ef1234567890", "shimmer"),
        "Calm Down Fast": ("b2c3d4e5-f6a7-8901-bcde-f12345678901", "alloy"),
        "Hard Day, Strong Me": ("c3d4e5f6-a7b8-9012-cdef-123456789012", "onyx"),
        "Do The Next Right Thing": ("d4e5f6a7-b8c9-0123-defa-234567890123", "alloy"),
    }
    for title, (id_, voice) in expected.items():
        assert (by_title[title].id, by_title[title].voice_id) == (UUID(id_), voice)
    assert [entry.title for entry in CATALOGUE if entry.goal_tag == "sos"] == [
        "Panic",
        "Overwhelm",
        "Reset",
    ]
    assert len({entry.id for entry in CATALOGUE}) == len(CATALOGUE)
    assert len(by_title["Ease In"].lines) >= 12
    assert by_title["Ease In"].goal_tag == "beginner"
    for entry in CATALOGUE:
        assert len(entry.lines) >= 4
        assert entry.voice_id in VOICES_BY_ID


def test_a_catalogue_session_belongs_to_nobody_and_is_free() -> None:
    session = as_session(CATALOGUE[0], FakeClock()())
    assert session.readable_by(None)
    assert session.generation is Generation.FREE
    shown = view(session)
    assert (shown.source, shown.owner_user_id, shown.audio) == ("catalog", None, None)
    assert shown.frequency_hz == 17


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("I breathe in and out slowly.", None),
        ("I breathe.", "has 2 words"),
        ("I take one step and then another and another until I arrive there.", "has 13 words"),
        ("The morning light is warm and kind.", "first person"),
        ("I do not worry about anything today.", "names what is not wanted: not"),
        ("I don\N{RIGHT SINGLE QUOTATION MARK}t worry about anything today.", "don't"),
        ("I live my whole day without any fear.", "without"),
        ("I get rid of everything heavy today.", "rid"),
        ("I will be calm and strong tomorrow.", "leaves the present: tomorrow, will"),
    ],
)
def test_the_writing_rules_find_what_breaks_them(line: str, complaint: str | None) -> None:
    found = complaints(line)
    assert not found if complaint is None else complaint in " ".join(found)


def test_a_set_of_equal_openings_is_found() -> None:
    lines = ["I am calm and very strong.", "I am warm and very kind."]
    assert set_complaints(lines) == [
        "2 lines open with 'i am'",
        "2 of 2 lines open with 'i'",
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("nothing to say", "Line 3: nothing to say"),
        ("lost\n the  thread", "Line 3: lost the thread"),
        ("lost Connection", "Line 3: this line could not be spoken"),
        ("", "Line 3: this line could not be spoken"),
    ],
)
def test_a_failed_line_is_named(message: str, shown: str) -> None:
    assert line_failed(3, message) == shown


def test_a_reason_has_an_end() -> None:
    assert len(line_failed(50, "x" * 999)) == 200
