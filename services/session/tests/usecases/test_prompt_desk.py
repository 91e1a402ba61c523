"""Prompt templates as administrators change them: who is given what, and what the trail says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from ab_session.adapters.shipped_prompts import shipped_prompts
from ab_session.bootstrap import wire
from ab_session.domain.writing_rules import set_complaints
from ab_shared.contracts import prompts
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import Conflict, NotFound, ValidationFailed
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker
from session_memory.store import MemoryStore
from session_memory.writers import Desk, desk_at, openai_at
from simulators.openai_app import OpenAi

KEY = "writer.instructions"
REQUEST = "writer.request"
NEWER = "You write short affirmations, all in the first person and the present."
ADA = {"key": KEY, "actor": "user_ada", "actor_kind": "admin"}


@pytest.fixture
def vendor() -> Iterator[tuple[OpenAi, str]]:
    with openai_at() as running:
        yield running


@pytest.fixture
async def desk(vendor: tuple[OpenAi, str]) -> AsyncIterator[Desk]:
    async with desk_at(*vendor) as made:
        yield made


async def trail(desk: Desk) -> list[AuditRecorded]:
    """What administrators did, as the trail hears it."""
    sent = await desk.store.sent()
    return [one for one in sent if isinstance(one, AuditRecorded) and one.actor_kind == "admin"]


async def add(desk: Desk, text: str = NEWER, **more: Any) -> prompts.Prompt:
    found: prompts.Prompt = await desk.ask(prompts.AddPromptVersion(**ADA, text=text, **more))
    return found


async def told_to(desk: Desk, user: str) -> str:
    """The instructions that go out for a user."""
    await desk.write(user_id=user)
    return str(desk.calls[-1]["messages"][0]["content"])


async def test_what_comes_with_the_service_is_active_from_the_start(desk: Desk) -> None:
    listed = await desk.ask(prompts.ListPrompts())
    assert [(one.key, one.active, one.trial, one.versions) for one in listed.prompts] == [
        ("writer.instructions", 1, None, 1),
        ("writer.request", 1, None, 1),
        ("writer.repair", 1, None, 1),
    ]
    assert (listed.writer.provider, listed.writer.model) == ("openai", "made-up")
    shown = await desk.ask(prompts.GetPrompt(key=KEY))
    (only,) = shown.versions
    assert (only.text, only.created_by, only.rollout_percent) == (
        shipped_prompts()[KEY],
        "shipped",
        100,
    )


async def test_starting_again_changes_nothing_and_a_newer_release_takes_over(desk: Desk) -> None:
    await desk.wired.seed_prompts(shipped_prompts())
    newer = {**shipped_prompts(), KEY: NEWER}
    await desk.wired.seed_prompts(newer)
    # The older release beside it, started once more.
    await desk.wired.seed_prompts(shipped_prompts())
    shown = await desk.ask(prompts.GetPrompt(key=KEY))
    assert [(one.version, one.state) for one in shown.versions] == [(2, "active"), (1, "retired")]


async def test_a_newer_release_does_not_overrule_an_administrator(desk: Desk) -> None:
    await add(desk)
    await desk.ask(prompts.ActivatePrompt(**ADA, version=2))
    await desk.wired.seed_prompts({**shipped_prompts(), KEY: NEWER + " Calm ones."})
    shown = await desk.ask(prompts.GetPrompt(key=KEY))
    assert [(one.version, one.state) for one in shown.versions] == [
        (3, "draft"),
        (2, "active"),
        (1, "retired"),
    ]


async def test_a_draft_is_given_to_nobody_until_it_is_activated(desk: Desk) -> None:
    added = await add(desk, note="shorter", reason="they are too long")
    assert [(one.version, one.state) for one in added.versions] == [(2, "draft"), (1, "active")]
    assert (added.versions[0].created_by, added.versions[0].note) == ("user_ada", "shorter")
    assert await told_to(desk, "user_1") == shipped_prompts()[KEY]
    await desk.ask(prompts.ActivatePrompt(**ADA, version=2))
    assert await told_to(desk, "user_1") == NEWER
    # Back again, as one does in a hurry.
    await desk.ask(prompts.ActivatePrompt(**ADA, version=1))
    assert await told_to(desk, "user_1") == shipped_prompts()[KEY]


async def test_a_share_of_users_is_given_a_trial_and_always_the_same_ones(desk: Desk) -> None:
    await add(desk)
    shown = await desk.ask(prompts.RollOutPrompt(**ADA, version=2, percent=50))
    assert [(one.version, one.rollout_percent) for one in shown.versions] == [(2, 50), (1, 50)]
    users = [f"user_{number}" for number in range(12)]
    first = [await told_to(desk, user) for user in users]
    assert {NEWER, shipped_prompts()[KEY]} == set(first)
    assert [await told_to(desk, user) for user in users] == first


async def test_every_change_is_in_the_trail_with_before_and_after(desk: Desk) -> None:
    await add(desk, reason="too long")
    await desk.ask(prompts.RollOutPrompt(**ADA, version=2, percent=10, reason="a first look"))
    await desk.ask(prompts.ActivatePrompt(**ADA, version=2))
    added, rolled, activated = await trail(desk)
    assert {one.subject for one in (added, rolled, activated)} == {f"prompt:{KEY}"}
    assert {one.actor for one in (added, rolled, activated)} == {"user_ada"}
    assert (added.action, added.reason, added.before) == ("prompt.add", "too long", None)
    assert added.after is not None
    assert (added.after["version"], added.after["characters"]) == (2, len(NEWER))
    assert NEWER not in added.model_dump_json()
    assert (rolled.action, rolled.before, rolled.after) == (
        "prompt.roll_out",
        {"active": 1, "trial": None, "rollout_percent": 0},
        {"active": 1, "trial": 2, "rollout_percent": 10},
    )
    assert (activated.action, activated.before, activated.after) == (
        "prompt.activate",
        {"active": 1, "trial": 2, "rollout_percent": 10},
        {"active": 2, "trial": None, "rollout_percent": 0},
    )


async def test_what_comes_twice_is_done_once(desk: Desk) -> None:
    for _ in range(2):
        await add(desk)
    for _ in range(2):
        await desk.ask(prompts.RollOutPrompt(**ADA, version=2, percent=10))
    for _ in range(2):
        shown = await desk.ask(prompts.ActivatePrompt(**ADA, version=2))
    assert len(shown.versions) == 2
    assert len(await trail(desk)) == 3


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (prompts.GetPrompt(key="writer.other"), NotFound),
        (prompts.ActivatePrompt(**ADA, version=9), NotFound),
        (prompts.RollOutPrompt(**ADA, version=9, percent=5), NotFound),
        (prompts.RollOutPrompt(**ADA, version=1, percent=5), Conflict),
        (prompts.AddPromptVersion(**ADA, text="Hello {{goal}}, write lines."), ValidationFailed),
        (prompts.AddPromptVersion(**ADA, text="short"), ValidationFailed),
        (prompts.AddPromptVersion(**{**ADA, "key": "other"}, text=NEWER), NotFound),
        (prompts.AddPromptVersion(**{**ADA, "key": REQUEST}, text=NEWER), ValidationFailed),
    ],
)
async def test_what_cannot_be_done_changes_nothing(
    desk: Desk, request_: Any, error: type[Exception]
) -> None:
    before = await desk.ask(prompts.ListPrompts())
    with pytest.raises(error):
        await desk.ask(request_)
    assert (await desk.ask(prompts.ListPrompts())).prompts == before.prompts
    assert await trail(desk) == []


async def test_a_preview_fills_a_text_that_is_kept_nowhere(desk: Desk) -> None:
    text = "Write {{count}} lines about {{wish}}, please."
    shown = await desk.ask(
        prompts.PreviewPrompt(key=REQUEST, text=text, goal="rest at night", count=3)
    )
    assert shown.text.startswith('Write 3 lines about {"about": "sleep", "goal": "rest at night"}')
    assert (shown.complaints, shown.lines) == ((), ())
    wrong = await desk.ask(prompts.PreviewPrompt(key=REQUEST, text="Hello {{name}}", write=True))
    assert any("lacks {{count}}" in complaint for complaint in wrong.complaints)
    assert desk.calls == []
    repair = await desk.ask(prompts.PreviewPrompt(key="writer.repair", version=1))
    assert "names what is not wanted" in repair.text
    assert (await desk.ask(prompts.ListPrompts())).prompts[1].versions == 1


async def test_a_preview_can_have_the_model_try_it(desk: Desk) -> None:
    shown = await desk.ask(prompts.PreviewPrompt(key=KEY, text=NEWER, write=True, count=6))
    assert len(shown.lines) == 6
    assert set_complaints(shown.lines) == []
    assert desk.calls[0]["messages"][0]["content"] == NEWER
    desk.vendor.chat.script[:] = ["few", "few"]
    broken = await desk.ask(prompts.PreviewPrompt(key=KEY, version=1, write=True))
    assert broken.lines == ()
    assert broken.complaints == ("no lines: broken_rules", "there are 3 lines, not 4")
    # What it cost is on the book like everything else.
    assert (await desk.spent()).calls == 3
    assert (await desk.ask(prompts.ListPrompts())).writer.calls_today == 3


@pytest.mark.parametrize(
    "wanted", [{}, {"version": 1, "text": NEWER}, {"version": 7}, {"text": NEWER, "write": True}]
)
async def test_a_preview_of_nothing_or_without_a_model_is_refused(wanted: Any) -> None:
    store = MemoryStore()
    wired = wire(store, MemoryBroker().bus("session"), b"key", FakeClock())
    await wired.seed_prompts(shipped_prompts())
    request = prompts.PreviewPrompt(key=KEY, **wanted)
    with pytest.raises((ValidationFailed, NotFound, Conflict)):
        await wired.subscriptions.answerers[request.routing_key][1](request)
    listed = await wired.subscriptions.answerers["session.list_prompts.v1"][1](
        prompts.ListPrompts()
    )
    assert listed.writer == prompts.WriterState(
        provider="builtin",
        model=None,
        resting=False,
        calls_today=0,
        daily_calls=0,
        cost_micros_today=0,
        daily_cost_micros=0,
    )


async def test_a_text_that_breaks_rules_is_told_which(desk: Desk) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await desk.ask(prompts.AddPromptVersion(**ADA, text="x {{nobody}}"))
    told = refused.value.details["text"]
    # One text a field: the gateway passes on nothing else.
    assert isinstance(told, str)
    assert told.startswith("has 12 characters")
    assert "; names 'nobody'" in told
