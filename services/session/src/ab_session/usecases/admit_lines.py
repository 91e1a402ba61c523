"""Lets a draft in, or refuses it: every text in it is checked before anything is spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ab_shared.contracts.care import Care

from ab_session.domain.moderation.care import CareBook
from ab_session.domain.moderation.spread import judged_together
from ab_session.domain.moderation.telling import blocked, refusal
from ab_session.domain.moderation.verdict import Checked, Status, Verdict, Written, texts_of
from ab_session.domain.session import Session
from ab_session.moderation_ports import Regions
from ab_session.ports import Unit
from ab_session.usecases.get_session import readable
from ab_session.usecases.moderate_lines import ModerateLines
from ab_session.usecases.moderation_metrics import REFUSED

OTHER = "other"


@dataclass(frozen=True, slots=True)
class AdmitLines:
    """Called right after ``check_draft.checked``; what it returns is kept with the session.

    ``hold_admitted`` and ``unit.moderation.keep`` do that, in the transaction which writes the
    session.
    """

    moderate: ModerateLines
    book: CareBook
    regions: Regions

    async def __call__(
        self, user_id: str, draft: Written, before: Written | None = None
    ) -> tuple[Checked, ...]:
        """Every text of the draft with its verdict, approved or pending.

        What stands in ``before`` already, in its place, is let through as it is: where it is
        rejected the session stays blocked.

        Raises:
            ValidationFailed: a text is rejected. The details name each by its place and say what it
                is about, never what was written; where one speaks of self-harm, the message is that
                of help.
        """
        texts = texts_of(draft)
        verdicts = await self.moderate([text for _, _, text in texts])
        alone = tuple(
            Checked(part, position, text, self.moderate.address(text), verdict)
            for (part, position, text), verdict in zip(texts, verdicts, strict=True)
        )
        checked = judged_together(self.moderate.words, alone)
        new = _new(checked, before)
        verdicts = tuple(one.verdict for one in new)
        if any(verdict.status is Status.REJECTED for verdict in verdicts):
            care = await self.care_for(user_id, verdicts)
            REFUSED.labels("yes" if care else "no").inc()
            await self._count(verdicts)
            raise refusal(new, care)
        # What lines say together is the verdict of none of them.
        return alone

    async def _count(self, verdicts: Sequence[Verdict]) -> None:
        """Numbers alone: what was refused is kept nowhere, and whose it was is not told."""
        rejected = (verdict for verdict in verdicts if verdict.status is Status.REJECTED)
        categories = Counter(verdict.category or OTHER for verdict in rejected)
        async with self.moderate.store.begin() as unit:
            await unit.moderation.count_refused(self.moderate.clock().date(), categories)

    async def care_for(
        self, user_id: str, verdicts: Sequence[Verdict], zone: str | None = None
    ) -> Care | None:
        """Help for where somebody lives, if any of their texts calls for it."""
        if not any(verdict.care for verdict in verdicts):
            return None
        return self.book.care(await self.regions.region_of(user_id, zone))


def _new(checked: Sequence[Checked], before: Written | None) -> list[Checked]:
    standing = set(texts_of(before)) if before is not None else set()
    return [one for one in checked if (one.part, one.position, one.text) not in standing]


async def hold_admitted(
    unit: Unit, admitted: Sequence[Checked], at: datetime, before: Written | None = None
) -> None:
    """Comes first in the transaction which writes them: texts are held before jobs and sessions.

    Raises:
        ValidationFailed: one was rejected since it was admitted, and stands not in ``before``.
    """
    rejected = await unit.moderation.hold(admitted, at)
    found = [
        replace(one, verdict=rejected[one.address])
        for one in _new(admitted, before)
        if one.address in rejected
    ]
    if found:
        REFUSED.labels("no").inc()
        raise refusal(found, None)


async def playable(unit: Unit, session_id: UUID, user_id: str | None) -> Session:
    """As ``get_session.readable``, for what is to be heard.

    Raises:
        ValidationFailed: a text in it has been rejected since it was written.
    """
    session = await readable(unit, session_id, user_id)
    await refuse_blocked(unit, session.id)
    return session


async def refuse_blocked(unit: Unit, session_id: UUID) -> None:
    """Nothing of a session is made or handed out once a text in it is rejected.

    Raises:
        ValidationFailed: one is; the details name it.
    """
    found = await unit.moderation.blocked(session_id)
    if found is not None:
        raise blocked(found)
