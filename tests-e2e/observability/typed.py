"""Types an operator's command: in a shell, or here where that says the same in a tenth of the time.

Most lines of the runbooks are plain ``ab operator ...``, and every new process reads its modules
anew for two seconds.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from ab_client.main import app
from typer.testing import CliRunner

MOST_SECONDS = 120
VARIABLE = re.compile(r'"\$(\w+)"')
OPERATORS = frozenset("();<>|&")


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a command."""

    code: int
    out: str
    error: str = ""

    @property
    def words(self) -> str:
        """All of it."""
        return self.out + self.error


def typed(command: str, desk: Mapping[str, str]) -> Said:
    """Runs a line as it would be typed at a desk: its environment, from its ``HOME``."""
    words = plain(command, desk)
    return _in_a_shell(command, desk) if words is None else _here(words, desk)


def plain(command: str, desk: Mapping[str, str]) -> list[str] | None:
    """The words after ``ab`` as a shell would read them; None where it takes a shell."""
    if not command.startswith("ab "):
        return None
    filled = VARIABLE.sub(lambda found: shlex.quote(desk[found[1]]), command)
    lexer = shlex.shlex(filled, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    piped = any(word and set(word) <= OPERATORS for word in words)
    return None if piped or "`" in filled or "$(" in filled else words[1:]


def _here(words: list[str], desk: Mapping[str, str]) -> Said:
    gone = dict.fromkeys(os.environ.keys() - desk.keys())
    with contextlib.chdir(desk["HOME"]):
        done = CliRunner().invoke(app, words, env={**gone, **desk})
    trouble = f"\n{done.exception!r}" if done.exception else ""
    return Said(done.exit_code, done.stdout, done.stderr + trouble)


def _in_a_shell(command: str, desk: Mapping[str, str]) -> Said:
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command],
        cwd=desk["HOME"],
        env=dict(desk),
        capture_output=True,
        text=True,
        check=False,
        timeout=MOST_SECONDS,
    )
    return Said(done.returncode, done.stdout, done.stderr)
