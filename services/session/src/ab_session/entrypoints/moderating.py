"""What is heard about the queue of texts."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import caring, moderation
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.admit_lines import AdmitLines
from ab_session.usecases.decide_lines import DecideLines
from ab_session.usecases.look_at_texts import LookAtTexts
from ab_session.usecases.look_for_care import LookForCare
from ab_session.usecases.recheck_texts import RecheckTexts


@dataclass(frozen=True, slots=True)
class Moderating:
    """The use cases behind it, and those that others call."""

    admit: AdmitLines
    look: LookAtTexts
    decide: DecideLines
    recheck: RecheckTexts
    care: LookForCare


def add_moderating(heard: Subscriptions, moderating: Moderating) -> None:
    """Adds it to what the service hears."""
    heard.answer(caring.LookForCare, moderating.care)
    heard.answer(moderation.CountModeration, moderating.look.count)
    heard.answer(moderation.ListFlagged, moderating.look.list)
    heard.answer(moderation.ReadFlagged, moderating.look.read)
    heard.answer(moderation.DecideLines, moderating.decide)
