"""What the session service answers about listeners, by user, small."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts import programs, selves
from ab_shared.contracts.base import Empty
from ab_shared.contracts.preferences import Preferences
from ab_shared.errors import Conflict, NotFound

AT = datetime(2026, 1, 5, 12, 30, 10, tzinfo=UTC)
STEPS = tuple(
    programs.ProgramStep(
        day=day,
        title=f"Night {day}",
        text="The evening begins before bed.",
        session_id=UUID("5b53366c-48e8-4672-a420-9430c4436577"),
        lines=("I let this evening carry me into rest.",),
        action="Dim one lamp.",
    )
    for day in (1, 2)
)


def program(program_id: str, *, withdrawn: bool = False) -> programs.ProgramView:
    return programs.ProgramView(
        id=program_id,
        kind="course",
        title="Nights",
        summary="Two of them.",
        goal_tag="sleep",
        withdrawn=withdrawn,
        steps=STEPS,
    )


@dataclass
class SelfAnswers:
    """Keeps what was saved last; programs only remember what they were asked."""

    kept: dict[tuple[str, str], Any] = field(default_factory=dict)
    shown: tuple[programs.ProgramView, ...] = (program("nights"), program("old", withdrawn=True))

    def answers(self) -> list[tuple[str, type[Any], Any]]:
        mine = (
            programs.GetMyProgram,
            programs.Enrol,
            programs.ChangeEnrolment,
            programs.RecordDay,
        )
        told: list[tuple[type[Any], Any]] = [
            (selves.GetValues, self._values),
            (selves.SaveValues, self._save_values),
            (selves.GetStruggle, self._struggle),
            (selves.SaveStruggle, self._save_struggle),
            (selves.GetPreferences, self._preferences),
            (selves.SavePreferences, self._save_preferences),
            (selves.GetCurationPreferences, self._curation),
            (selves.SaveCurationPreferences, self._save_curation),
            (programs.ListPrograms, lambda _: programs.ProgramList(programs=self.shown)),
            (programs.ListMyPrograms, self._mine),
            *((kind, self._my_program) for kind in mine),
        ]
        return [("session", kind, answer) for kind, answer in told]

    def _values(self, asked: selves.GetValues) -> selves.ListenerValues:
        kept = self.kept.get(("values", asked.user_id))
        return kept or selves.ListenerValues(values=())

    def _save_values(self, asked: selves.SaveValues) -> selves.ListenerValues:
        rows = tuple(
            selves.KeptValue(**value.model_dump(), id=UUID(int=place), created_at=AT, updated_at=AT)
            for place, value in enumerate(asked.values)
        )
        self.kept["values", asked.user_id] = selves.ListenerValues(values=rows)
        return self._values(selves.GetValues(user_id=asked.user_id))

    def _struggle(self, asked: Any) -> selves.Struggle:
        return selves.Struggle(struggle=self.kept.get(("struggle", asked.user_id)))

    def _save_struggle(self, asked: selves.SaveStruggle) -> selves.Struggle:
        self.kept["struggle", asked.user_id] = asked.struggle or None
        return self._struggle(asked)

    def _preferences(self, asked: Any) -> selves.KeptPreferences:
        kept = self.kept.get(("preferences", asked.user_id), Preferences())
        return selves.KeptPreferences(preferences=kept)

    def _save_preferences(self, asked: selves.SavePreferences) -> selves.KeptPreferences:
        before = self._preferences(asked).preferences
        if asked.only_if not in {None, selves.tag_of(before)}:
            raise Conflict("The preferences were changed elsewhere; read them again")
        self.kept["preferences", asked.user_id] = asked.preferences
        return self._preferences(asked)

    def _curation(self, asked: Any) -> selves.KeptCurationPreferences:
        return selves.KeptCurationPreferences(
            preferences=self.kept.get(("curation", asked.user_id))
        )

    def _save_curation(self, asked: selves.SaveCurationPreferences) -> Empty:
        self.kept["curation", asked.user_id] = asked.preferences
        return Empty()

    def _my_program(self, asked: Any) -> programs.MyProgram:
        if asked.program_id != "nights":
            raise NotFound("There is no such program")
        record = programs.DayRecord(day=1, completed_at=AT, rating=4)
        enrolment = programs.EnrolmentView(
            program_id="nights",
            title="Nights",
            kind="course",
            state="active",
            round=1,
            enrolled_at=AT,
            total_days=2,
            next_day=2,
            next_action="Dim one lamp.",
            days=(record,),
        )
        streak = programs.Streak(current=1, longest=2, last_day=AT.date())
        return programs.MyProgram(enrolment=enrolment, streak=streak)

    def _mine(self, asked: programs.ListMyPrograms) -> programs.MyPrograms:
        one = self._my_program(programs.GetMyProgram(user_id=asked.user_id, program_id="nights"))
        return programs.MyPrograms(enrolments=(one.enrolment,), streak=one.streak)
