"""Prompt templates as administrators see them."""

from __future__ import annotations

from ab_shared.contracts import http_prompts, prompts

MICROS = 1_000_000


def sources(found: prompts.PromptList) -> http_prompts.AiSourcesOut:
    """Every template and the writer; what was spent in dollars."""
    writer = found.writer
    return http_prompts.AiSourcesOut(
        sources=tuple(source(one) for one in found.prompts),
        writer=http_prompts.WriterOut(
            provider=writer.provider,
            model=writer.model,
            resting=writer.resting,
            calls_today=writer.calls_today,
            daily_calls=writer.daily_calls,
            spent_today=writer.cost_micros_today / MICROS,
            daily_dollars=writer.daily_cost_micros / MICROS,
        ),
    )


def source(found: prompts.PromptSummary) -> http_prompts.AiSourceOut:
    """One template without its texts."""
    return http_prompts.AiSourceOut(**found.model_dump())


def versions(found: prompts.Prompt) -> http_prompts.AiSourceVersionsOut:
    """One template with its texts."""
    rows = (http_prompts.PromptVersionOut(**one.model_dump()) for one in found.versions)
    return http_prompts.AiSourceVersionsOut(source=source(found.summary), versions=tuple(rows))


def preview(found: prompts.PromptPreview) -> http_prompts.PromptPreviewOut:
    """What a template comes to."""
    return http_prompts.PromptPreviewOut(**found.model_dump())
