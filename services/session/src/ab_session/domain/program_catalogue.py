"""Every program there is."""

from __future__ import annotations

from ab_session.domain.programs import Program, Programs

_ALL: tuple[Program, ...] = ()

PROGRAMS: Programs = {program.id: program for program in _ALL}
