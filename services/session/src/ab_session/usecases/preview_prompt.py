"""Shows an administrator what a template comes to, and what a model makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ab_shared.contracts import prompts as contract
from ab_shared.errors import Conflict, NotFound, ValidationFailed
from ab_shared.runtime.clock import Clock

from ab_session.domain.prompts import (
    INSTRUCTIONS,
    REPAIR,
    REQUEST,
    PromptVersion,
    active,
    template_of,
    text_complaints,
)
from ab_session.domain.writer.phrases import PhraseBook
from ab_session.domain.writer.reading import Wish, read
from ab_session.domain.writer.telling import Prompts, told, told_again
from ab_session.ports import Store
from ab_session.usecases.write_with_model import Task, WriteWithModel

UNKEPT = 0
"""The number of a text that is no version."""
EXAMPLE = ["'I am not afraid tonight.' names what is not wanted: not"]


@dataclass(frozen=True, slots=True)
class PreviewPrompt:
    """Changes nothing; where the model writes, that is on the book of the day."""

    store: Store
    book: PhraseBook
    model: WriteWithModel | None
    clock: Clock

    async def __call__(self, request: contract.PreviewPrompt) -> contract.PromptPreview:
        """The text as the model would be told it, for a wish that the administrator made up.

        Raises:
            NotFound: no such template or version.
            ValidationFailed: neither a version nor a text was named, or both.
            Conflict: the model shall write, and none is set up or a template has no version.
        """
        template = template_of(request.key)
        if (request.version is None) == (request.text is None):
            raise ValidationFailed("Name a version or send a text")
        async with self.store.begin() as unit:
            kept = await unit.prompts.all()
        tried = self._tried(request, kept.get(request.key, ()))
        complaints = text_complaints(template, tried.text)
        wish = Wish(request.session_type, request.struggle, request.goal)
        task = Task(wish, read(wish, self.book), request.count)
        chosen = {key: active(versions) for key, versions in kept.items()}
        prompts = _prompts({**chosen, request.key: tried})
        text = _filled(prompts, tried, task) if prompts else tried.text
        lines: tuple[str, ...] = ()
        if request.write and not complaints:
            lines, complaints = await self._written(prompts, task)
        return contract.PromptPreview(
            text=text, characters=len(text), complaints=tuple(complaints), lines=lines
        )

    def _tried(
        self, request: contract.PreviewPrompt, kept: Sequence[PromptVersion]
    ) -> PromptVersion:
        if request.text is not None:
            text = request.text.strip()
            return PromptVersion(request.key, UNKEPT, text, "nobody", self.clock())
        for one in kept:
            if one.number == request.version:
                return one
        raise NotFound("There is no such version of this template")

    async def _written(
        self, prompts: Prompts | None, task: Task
    ) -> tuple[tuple[str, ...], list[str]]:
        if self.model is None or prompts is None:
            raise Conflict("No model is set up that could write")
        result = await self.model.attempt(prompts, task)
        why = [f"no lines: {result.why.value}"] if result.why else []
        return result.lines, [*why, *result.complaints]


def _prompts(chosen: Mapping[str, PromptVersion | None]) -> Prompts | None:
    found = [chosen.get(template.key) for template in (INSTRUCTIONS, REQUEST, REPAIR)]
    versions = [one for one in found if one is not None]
    return Prompts(*versions) if len(versions) == len(found) else None


def _filled(prompts: Prompts, tried: PromptVersion, task: Task) -> str:
    """The one message that comes of the template."""
    said = told(prompts, task.wish, task.reading, task.count)
    places = {INSTRUCTIONS.key: said[0], REQUEST.key: said[1]}
    if tried.key in places:
        return places[tried.key].text
    return told_again(prompts, said, "", EXAMPLE, task.count)[-1].text
