"""Looks at what somebody asks lines for, before anybody writes: a wish can hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ab_shared.contracts.affirmations import SuggestTitle
from ab_shared.contracts.affirmations import WriteAffirmations as Asked
from ab_shared.contracts.care import Care
from ab_shared.errors import Detail, ValidationFailed

from ab_session.domain.moderation.spread import judged_together
from ab_session.domain.moderation.telling import MAX_NAMED, REFUSED, about
from ab_session.domain.moderation.verdict import Checked, Status, Verdict
from ab_session.domain.moderation.word_list import WordList
from ab_session.domain.writer.reading import Wish
from ab_session.usecases.admit_lines import AdmitLines

FIELDS = {"session_type": "sessionType", "struggle": "struggle", "goal": "goal"}


@dataclass(frozen=True, slots=True)
class GuardWish:
    """Whoever writes of hurting themselves still gets lines, and help first of all.

    What they wrote of it goes to no model; neither does anything else that was rejected.
    """

    admit: AdmitLines

    async def __call__(self, user_id: str, asked: Asked, wish: Wish) -> tuple[Wish, Care | None]:
        """The wish without what was rejected, and help where it is called for.

        Raises:
            ValidationFailed: the request itself holds something that lines can't be written for.
        """
        said = {name: getattr(wish, name) for name in FIELDS}
        texts = [text for text in (*said.values(), *wish.values) if text.strip()]
        found = dict(zip(texts, await self.admit.moderate(texts), strict=True))
        care = await self.admit.care_for(user_id, list(found.values()), asked.timezone)
        if care is None:
            _refuse(asked, found)
        kept = {name: "" if _rejected(text, found) else text for name, text in said.items()}
        values = tuple(text for text in wish.values if not _rejected(text, found))
        return replace(wish, **kept, values=values), care

    async def titled(self, asked: SuggestTitle) -> tuple[SuggestTitle, Care | None]:
        """The same for a title, by what is known and the built-in list: no model reads it.

        Raises:
            ValidationFailed: as for lines.
        """
        moderate = replace(self.admit.moderate, vendor=None)
        said = {"goal": asked.goal, "goalTag": asked.goal_tag}
        said |= {f"affirmations.{place}": line for place, line in enumerate(asked.lines)}
        said = {field: text for field, text in said.items() if text.strip()}
        found = dict(zip(said, await moderate(list(said.values())), strict=True))
        found |= _spread(moderate.words, said, found)
        care = await self.admit.care_for(asked.user_id, list(found.values()), asked.timezone)
        wrong = {
            field: about(verdict.category)
            for field, verdict in found.items()
            if verdict.status is Status.REJECTED
        }
        if wrong and care is None:
            raise ValidationFailed(REFUSED, details=dict(list(wrong.items())[:MAX_NAMED]))
        kept = {field: text for field, text in said.items() if field not in wrong}
        goal, tag = kept.pop("goal", ""), kept.pop("goalTag", "")
        wish = {"goal": goal, "goal_tag": tag, "lines": tuple(kept.values())}
        return asked.model_copy(update=wish), care

    def readable(self, lines: Sequence[str]) -> bool:
        """Whether the built-in list finds nothing in what a model wrote."""
        judge = self.admit.moderate.words.judge
        return all(judge(line).status is Status.APPROVED for line in lines)


def _spread(words: WordList, said: dict[str, str], found: dict[str, Verdict]) -> dict[str, Verdict]:
    """The lines again, each with those before it."""
    fields = [field for field in said if field.startswith("affirmations.")]
    lines = [
        Checked("line", place, said[field], "", found[field]) for place, field in enumerate(fields)
    ]
    together = judged_together(words, lines)
    return {field: one.verdict for field, one in zip(fields, together, strict=True)}


def _rejected(text: str, found: dict[str, Verdict]) -> bool:
    return text in found and found[text].status is Status.REJECTED


def _refuse(asked: Asked, found: dict[str, Verdict]) -> None:
    """What they told of themselves long ago is left out in silence: this request did not say it."""
    wrong: dict[str, Detail] = {
        field: about(found[getattr(asked, name)].category)
        for name, field in FIELDS.items()
        if _rejected(getattr(asked, name), found)
    }
    if wrong:
        raise ValidationFailed(REFUSED, details=wrong)
