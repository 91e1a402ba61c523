"""What is heard about writing: lines, titles, and the texts that a model is told."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import affirmations, prompts
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.change_prompts import ChangePrompts
from ab_session.usecases.count_sign_ups import Write
from ab_session.usecases.preview_prompt import PreviewPrompt
from ab_session.usecases.show_prompts import ShowPrompts
from ab_session.usecases.suggest_title import SuggestTitle


@dataclass(frozen=True, slots=True)
class Writing:
    """The use cases behind it."""

    write: Write
    suggest_title: SuggestTitle
    show: ShowPrompts
    change: ChangePrompts
    preview: PreviewPrompt


def add_writing(heard: Subscriptions, writing: Writing) -> None:
    """Adds it to what the service hears."""
    heard.answer(affirmations.WriteAffirmations, writing.write)
    heard.answer(affirmations.SuggestTitle, writing.suggest_title)
    heard.answer(prompts.ListPrompts, writing.show.every)
    heard.answer(prompts.GetPrompt, writing.show.one)
    heard.answer(prompts.AddPromptVersion, writing.change.add)
    heard.answer(prompts.ActivatePrompt, writing.change.activate)
    heard.answer(prompts.RollOutPrompt, writing.change.roll_out)
    heard.answer(prompts.PreviewPrompt, writing.preview)
