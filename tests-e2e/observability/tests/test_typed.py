"""What is typed here is what a shell would have run."""

from __future__ import annotations

import subprocess

import pytest
from observability.alert_rules import ROOT
from observability.runbooks import pages
from observability.typed import plain, typed

DESK = {
    "HOME": str(ROOT),
    "PATH": "/usr/bin:/bin",
    **{name: f"the {name}'s" for name in ("WHO", "JOB", "USER_ID", "LETTER", "DATABASE")},
}
COMMANDS = sorted({command for page in pages() for command in page.commands})


@pytest.mark.parametrize("command", [one for one in COMMANDS if one.startswith("ab ")])
def test_words_are_those_that_a_shell_reads(command: str) -> None:
    words = plain(command, DESK)
    if words is None:
        return
    shell = f"ab() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    said = subprocess.run(["/bin/bash", "-c", shell], env=DESK, check=True, capture_output=True)
    assert words == said.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("command", ["ab a | head", "ab a || true", "ab a > b", "ab $(b)", "df -h"])
def test_what_takes_a_shell_goes_to_one(command: str) -> None:
    assert plain(command, DESK) is None


def test_a_command_that_fails_says_so() -> None:
    assert typed("ab operator no-such-thing", DESK).code == 2
    assert typed("ls /no-such-place 2>&1 | head", DESK).code != 0
