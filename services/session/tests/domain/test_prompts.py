"""Prompt templates: what a text may hold, and who is given which version."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ab_session.adapters.shipped_prompts import shipped_prompts
from ab_session.domain.prompts import (
    INSTRUCTIONS,
    REPAIR,
    REQUEST,
    TEMPLATES,
    PromptVersion,
    State,
    Template,
    activated,
    active,
    filled,
    on_trial,
    rolled_out,
    share_of,
    template_of,
    text_complaints,
    version_for,
)
from ab_shared.contracts.prompts import MAX_PROMPT
from ab_shared.errors import Conflict, NotFound
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 1, 5, tzinfo=UTC)
USERS = st.text(min_size=1, max_size=40)
PERCENTS = st.integers(0, 100)


def version(number: int, state: State = State.DRAFT, percent: int = 0) -> PromptVersion:
    return PromptVersion(INSTRUCTIONS.key, number, f"text {number}", "ada", AT, state, percent)


def shelf(percent: int) -> list[PromptVersion]:
    trial = State.TRIAL if percent else State.DRAFT
    return [version(3), version(2, trial, percent), version(1, State.ACTIVE)]


def given_to(percent: int, user: str) -> int | None:
    found = version_for(shelf(percent), user)
    return found.number if found else None


@given(user=USERS, percent=PERCENTS)
def test_a_user_is_always_given_the_same(user: str, percent: int) -> None:
    assert len({given_to(percent, user) for _ in range(3)}) == 1


@given(user=USERS, percent=PERCENTS, more=PERCENTS)
def test_whoever_is_in_a_trial_stays_in_it_while_it_grows(
    user: str, percent: int, more: int
) -> None:
    if given_to(min(percent, more), user) == 2:
        assert given_to(max(percent, more), user) == 2


@given(user=USERS)
def test_none_and_all_mean_nobody_and_everybody(user: str) -> None:
    assert given_to(0, user) == 1
    assert given_to(100, user) == 2


@pytest.mark.parametrize("percent", [1, 5, 25, 50, 90, 99])
def test_a_share_is_about_that_share(percent: int) -> None:
    people = 20_000
    tried = sum(given_to(percent, f"user_{number}") == 2 for number in range(people))
    # Four standard deviations of a fair draw.
    slack = 4 * (people * percent / 100 * (1 - percent / 100)) ** 0.5
    assert abs(tried - people * percent / 100) < slack


def test_another_version_is_tried_by_other_people() -> None:
    second = [version(1, State.ACTIVE), version(2, State.TRIAL, 10)]
    third = [version(1, State.ACTIVE), version(3, State.TRIAL, 10)]
    people = [f"user_{number}" for number in range(5000)]
    first_few = {u for u in people if (v := version_for(second, u)) and v.number == 2}
    other_few = {u for u in people if (v := version_for(third, u)) and v.number == 3}
    assert len(first_few & other_few) < 0.3 * len(first_few)


def test_nobody_is_given_anything_where_nothing_is_active() -> None:
    assert version_for([version(1)], "user") is None


STEPS = st.lists(
    st.tuples(st.sampled_from(["activate", "roll_out"]), st.integers(1, 4), PERCENTS), max_size=12
)


@given(steps=STEPS)
def test_at_most_one_is_active_and_one_on_trial_whatever_is_done(
    steps: list[tuple[str, int, int]],
) -> None:
    versions = {number: version(number) for number in range(1, 4)}
    for deed, number, percent in steps:
        rows = list(versions.values())
        try:
            changed = (
                activated(rows, number) if deed == "activate" else rolled_out(rows, number, percent)
            )
        except (Conflict, NotFound):
            continue
        versions |= {one.number: one for one in changed}
        states = [one.state for one in versions.values()]
        assert states.count(State.ACTIVE) <= 1
        assert states.count(State.TRIAL) <= 1
        assert all((one.percent > 0) is (one.state is State.TRIAL) for one in versions.values())
        if active(list(versions.values())):
            assert sum(share_of(list(versions.values()), one) for one in versions.values()) == 100


def test_activating_ends_the_trial_and_retires_the_one_before() -> None:
    changed = {one.number: one for one in activated(shelf(20), 3)}
    assert {number: one.state for number, one in changed.items()} == {
        3: State.ACTIVE,
        2: State.RETIRED,
        1: State.RETIRED,
    }
    assert changed[2].percent == 0
    assert activated([version(1, State.ACTIVE)], 1) == []


def test_a_trial_begins_grows_and_ends() -> None:
    (begun,) = rolled_out(shelf(0), 2, 5)
    assert (begun.state, begun.percent) == (State.TRIAL, 5)
    (grown,) = rolled_out(shelf(5), 2, 40)
    assert grown.percent == 40
    (ended,) = rolled_out(shelf(40), 2, 0)
    assert (ended.state, ended.percent) == (State.DRAFT, 0)
    assert rolled_out(shelf(40), 2, 40) == []
    assert rolled_out(shelf(0), 2, 0) == []
    assert on_trial(shelf(0)) is None


def test_trials_are_one_at_a_time_and_never_of_what_everybody_has() -> None:
    with pytest.raises(Conflict, match="Version 2 is on trial"):
        rolled_out(shelf(5), 3, 10)
    with pytest.raises(Conflict):
        rolled_out(shelf(0), 1, 10)
    with pytest.raises(NotFound):
        rolled_out(shelf(0), 9, 10)
    with pytest.raises(NotFound):
        activated(shelf(0), 9)
    with pytest.raises(NotFound):
        template_of("writer.nothing")


@pytest.mark.parametrize(
    ("template", "text", "complaint"),
    [
        (REQUEST, "Write {{count}} lines: {{wish}}", None),
        (REQUEST, "Write {{ count }} lines: {{wish}}\n\tby {{framework}}", None),
        (REQUEST, "Write four lines: {{wish}}", "lacks {{count}}"),
        (REQUEST, "Write {{count}} lines, thank you", "lacks {{wish}}"),
        (REQUEST, "Write {{count}} lines: {{wish}} {{user_id}}", "names 'user_id'"),
        (REQUEST, "Write {{count}} lines: {{wish}} {{", "does not end"),
        (REQUEST, "Write {{count}} lines: {{wish}}\x00", "control characters"),
        (INSTRUCTIONS, "You write for {{count}} people", "names 'count'"),
        (INSTRUCTIONS, "short", "has 5 characters"),
        (INSTRUCTIONS, "x" * (MAX_PROMPT + 1), "characters, not"),
        (REPAIR, "Mend these: {{complaints}}", None),
    ],
)
def test_what_a_text_may_hold(template: Template, text: str, complaint: str | None) -> None:
    found = text_complaints(template, text)
    assert not found if complaint is None else complaint in " ".join(found)


def test_what_comes_with_the_service_obeys_the_rules() -> None:
    texts = shipped_prompts()
    assert texts.keys() == TEMPLATES.keys()
    for key, text in texts.items():
        assert text_complaints(TEMPLATES[key], text) == []
    # Shorter ones are not worth a place in a server's cache: 1024 tokens of about four letters.
    assert len(texts[INSTRUCTIONS.key]) > 4 * 1024


@given(value=st.text(max_size=80))
def test_what_a_value_holds_is_never_filled_again(value: str) -> None:
    assert filled("a {{wish}} b", {"wish": value, "count": "9"}) == f"a {value} b"
    assert filled("{{wish}}", {"wish": "{{count}}", "count": "9"}) == "{{count}}"
