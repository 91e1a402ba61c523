"""Every command of the runbooks that a laptop can run is run, on the observed stack."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import secrets
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.lines import new_line
from ab_local.observe_packages import promtool
from ab_local.parts.postgres import installation
from ab_shared.contracts.http import DraftSession
from observability.alert_rules import ROOT
from observability.kept import KEPT
from observability.observed import Observed
from observability.promql import metric_names
from observability.runbooks import QUESTION, Page, pages
from observability.typed import typed

pytestmark = [
    pytest.mark.timeout(600),
    # Commands run inside this process that are their own otherwise: its end would close the link.
    pytest.mark.filterwarnings(
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
    ),
]

# 3 is an answer of `ab operator`: nothing there, or not as it should be.
ANSWERS = {0, 3}
RUN: set[str] = set()
# What has no sample while nothing is wrong.
SELDOM = {"ab_vendor_skipped_total", "ab_outbox_put_off_total"}
COMPARISON = re.compile(r"[)\w] (==|!=|>|<) \d")
BIN = Path(sys.executable).parent
POSTGRES = installation() / "bin"


@pytest.fixture(scope="module")
def desk(observed: Observed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An operator's shell: the stack is where a local one is, and the variables are set."""
    described = observed.stack.description
    home = tmp_path_factory.mktemp("operator")
    (home / ".local").mkdir()
    (home / ".local" / "dev").symlink_to(observed.stack.state)
    (home / "deploy").symlink_to(ROOT / "deploy")
    services = {
        name.upper(): described["services"][name]["url"] for name in ("tts", "stitching", "auth")
    }
    database = described["infrastructure"]["postgres"]["databases"]["session"]["owner_url"]
    shell = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AB_")},
        **services,
        **asyncio.run(_somebody(observed.stack.gateway_url)),
        "PATH": ":".join(map(str, (BIN, promtool().parent, POSTGRES, os.environ["PATH"]))),
        "HOME": str(home),
        "WATCH": described["watch_url"],
        "DATABASE": database,
        "COLUMNS": "200",
    }
    yield {**shell, "LETTER": _letter(shell)}
    # What those commands left open is found here, and not in somebody else's test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("page", pages(), ids=str)
def test_what_a_page_tells_to_type_works(page: Page, desk: dict[str, str]) -> None:
    for command in page.commands:
        if command in RUN:
            continue  # each is run once; many pages begin with the same look
        if command.startswith("curl") and shutil.which("curl") is None:
            continue  # told below
        done = typed(command, desk)
        RUN.add(command)
        answers = ANSWERS if _may_be_silent(command) else {0}
        assert done.code in answers, f"$ {command}\n{done.words}"


def test_how_many_were_run(capsys: pytest.CaptureFixture[str]) -> None:
    run = len(RUN)
    read = sum(len(page.production_commands) for page in pages())
    with capsys.disabled():
        if shutil.which("curl") is None:
            sys.stdout.write("\ncurl is not installed: its lines were not run")
        figures = {"pages": len(pages()), "commands_run": run, "commands_for_production": read}
        sys.stdout.write(f"\nrunbooks: {json.dumps(figures)}\n")
    KEPT["runbooks"] = figures
    assert not RUN - {command for page in pages() for command in page.commands}


def _may_be_silent(command: str) -> bool:
    """A question must have an answer, or a label in it may be wrong; but for those named above."""
    asked = QUESTION.findall(command)
    return all(COMPARISON.search(one) or metric_names(one) & SELDOM for one in asked)


async def _somebody(gateway_url: str) -> dict[str, str]:
    """A listener with a job that has ended."""
    async with ApiClient(gateway_url) as client:
        email = f"runbook-{secrets.token_hex(6)}@example.com"
        await client.register(email, secrets.token_hex(12))
        draft = DraftSession(title="Evening", affirmations=[new_line()], voice_id="nova")
        created = await client.create_session(draft)
        await wait_for(client, created.audio_job_id)
        assert created.owner_user_id is not None
        return {
            "WHO": email,
            "USER_ID": created.owner_user_id,
            "JOB": str(created.audio_job_id),
        }


def _letter(desk: dict[str, str]) -> str:
    """The id of the dead letter that the traffic has made."""
    said = typed("ab operator dlq list --json", desk)
    letters = json.loads(said.out)
    assert letters, said.words
    return str(letters[0]["id"])
