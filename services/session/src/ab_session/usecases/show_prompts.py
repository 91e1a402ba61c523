"""Shows administrators the templates, who writes, and what was spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts import prompts as contract
from ab_shared.runtime.clock import Clock

from ab_session.domain.prompts import (
    TEMPLATES,
    PromptVersion,
    State,
    Template,
    active,
    on_trial,
    share_of,
    template_of,
)
from ab_session.domain.spending import Limits
from ab_session.ports import Store
from ab_session.writer_ports import FarWriter

BUILTIN, FAR = "builtin", "openai"
SHOWN = 50
NOTHING = Limits(calls=0, micros=0)


@dataclass(frozen=True, slots=True)
class ShowPrompts:
    """``far`` is None where the built-in writer writes everything."""

    store: Store
    far: FarWriter | None
    clock: Clock

    async def every(self, request: contract.ListPrompts) -> contract.PromptList:
        """Every template a writer uses, without its texts."""
        del request
        async with self.store.begin() as unit:
            kept = await unit.prompts.all()
            spent = await unit.writing.spent(self.clock().date())
        model = self.far.model if self.far else None
        limits = self.far.limits if self.far else NOTHING
        writer = contract.WriterState(
            provider=FAR if model else BUILTIN,
            model=model.name if model else None,
            resting=model.resting if model else False,
            calls_today=spent.calls,
            daily_calls=limits.calls,
            cost_micros_today=spent.micros + spent.reserved,
            daily_cost_micros=limits.micros,
        )
        summaries = tuple(summary(one, kept.get(one.key, ())) for one in TEMPLATES.values())
        return contract.PromptList(prompts=summaries, writer=writer)

    async def one(self, request: contract.GetPrompt) -> contract.Prompt:
        """A template with its texts; NotFound for a key that no writer uses."""
        template = template_of(request.key)
        async with self.store.begin() as unit:
            kept = (await unit.prompts.all()).get(request.key, ())
        return shown(template, kept)


def summary(template: Template, versions: Sequence[PromptVersion]) -> contract.PromptSummary:
    """A template as administrators see it in a list."""
    current, trial = active(versions), on_trial(versions)
    return contract.PromptSummary(
        key=template.key,
        about=template.about,
        placeholders=tuple(sorted(template.known)),
        active=current.number if current else None,
        trial=trial.number if trial else None,
        rollout_percent=trial.percent if trial else 0,
        versions=len(versions),
    )


def shown(template: Template, versions: Sequence[PromptVersion]) -> contract.Prompt:
    """A template with its newest versions, newest first, and those that somebody is given."""
    newest = sorted(versions, key=lambda version: -version.number)
    given = {State.ACTIVE, State.TRIAL}
    rows = tuple(
        contract.PromptVersion(
            version=one.number,
            state=one.state.value,
            rollout_percent=share_of(versions, one),
            text=one.text,
            note=one.note,
            created_by=one.created_by,
            created_at=one.created_at,
        )
        for place, one in enumerate(newest)
        if place < SHOWN or one.state in given
    )
    return contract.Prompt(summary=summary(template, versions), versions=rows)
