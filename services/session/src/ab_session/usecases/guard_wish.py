"""Looks at what somebody asks lines for, before anybody writes: a wish can hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ab_shared.contracts.affirmations import WriteAffirmations as Asked
from ab_shared.contracts.care import Care
from ab_shared.errors import Detail, ValidationFailed

from ab_session.domain.moderation.telling import REFUSED, about
from ab_session.domain.moderation.verdict import Status, Verdict
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
        care = await self.admit.care_for(user_id, list(found.values()))
        if care is None:
            _refuse(asked, found)
        kept = {name: "" if _rejected(text, found) else text for name, text in said.items()}
        values = tuple(text for text in wish.values if not _rejected(text, found))
        return replace(wish, **kept, values=values), care

    def readable(self, lines: Sequence[str]) -> bool:
        """Whether the built-in list finds nothing in what a model wrote."""
        judge = self.admit.moderate.words.judge
        return all(judge(line).status is Status.APPROVED for line in lines)


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
