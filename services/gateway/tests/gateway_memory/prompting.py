"""Session as whoever looks after prompt templates knows it."""

from __future__ import annotations

from typing import Any

from ab_shared.contracts import affirmations, prompts

from gateway_memory.samples import BORN

KEY = "writer.instructions"
SUMMARY = prompts.PromptSummary(
    key=KEY,
    about="How lines are written",
    placeholders=(),
    active=1,
    trial=None,
    rollout_percent=0,
    versions=1,
)
VERSION = prompts.PromptVersion(
    version=1,
    state="active",
    rollout_percent=100,
    text="You write affirmations.",
    note=None,
    created_by="shipped",
    created_at=BORN,
)
WRITER = prompts.WriterState(
    provider="openai",
    model="gpt-4.1-mini",
    resting=False,
    calls_today=3,
    daily_calls=10,
    cost_micros_today=1_250_000,
    daily_cost_micros=10_000_000,
)


def prompt_answers(deeds: list[Any]) -> list[tuple[str, Any, Any]]:
    """What session answers; what was asked of it that changes something is added to ``deeds``."""

    def done(request: Any) -> prompts.Prompt:
        deeds.append(request)
        return prompts.Prompt(summary=SUMMARY, versions=(VERSION,))

    def preview(request: prompts.PreviewPrompt) -> prompts.PromptPreview:
        deeds.append(request)
        return prompts.PromptPreview(text="told", characters=4, complaints=(), lines=())

    return [
        (
            "session",
            prompts.ListPrompts,
            lambda _: prompts.PromptList(prompts=(SUMMARY,), writer=WRITER),
        ),
        (
            "session",
            prompts.GetPrompt,
            lambda _: prompts.Prompt(summary=SUMMARY, versions=(VERSION,)),
        ),
        ("session", prompts.AddPromptVersion, done),
        ("session", prompts.ActivatePrompt, done),
        ("session", prompts.RollOutPrompt, done),
        ("session", prompts.PreviewPrompt, preview),
    ]


def titled(_request: affirmations.SuggestTitle) -> affirmations.SuggestedTitle:
    return affirmations.SuggestedTitle(title="Deep Rest")
