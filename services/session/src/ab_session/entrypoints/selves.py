"""What is heard about what listeners tell of themselves, and about their programs."""

from __future__ import annotations

from ab_shared.contracts import programs, selves
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.follow_program import FollowProgram
from ab_session.usecases.keep_preferences import KeepPreferences
from ab_session.usecases.keep_struggle import KeepStruggle
from ab_session.usecases.keep_values import KeepValues


def add_selves(
    heard: Subscriptions, values: KeepValues, struggle: KeepStruggle, preferences: KeepPreferences
) -> None:
    """Adds what listeners tell to what the service hears."""
    heard.answer(selves.GetValues, values.get)
    heard.answer(selves.SaveValues, values.save)
    heard.answer(selves.GetStruggle, struggle.get)
    heard.answer(selves.SaveStruggle, struggle.save)
    heard.answer(selves.GetPreferences, preferences.get)
    heard.answer(selves.SavePreferences, preferences.save)
    heard.answer(selves.GetCurationPreferences, preferences.get_curation)
    heard.answer(selves.SaveCurationPreferences, preferences.save_curation)


def add_programs(heard: Subscriptions, follow: FollowProgram) -> None:
    """Adds programs to it."""
    heard.answer(programs.ListPrograms, follow.catalogue)
    heard.answer(programs.ListMyPrograms, follow.mine)
    heard.answer(programs.GetMyProgram, follow.one)
    heard.answer(programs.Enrol, follow.enrol)
    heard.answer(programs.ChangeEnrolment, follow.change)
    heard.answer(programs.RecordDay, follow.record)
