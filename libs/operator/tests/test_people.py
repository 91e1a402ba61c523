"""Commands about one user: an address is looked up, and nobody is taken for somebody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from ab_operator import desk
from ab_operator.commands import privacy
from ab_operator.main import app
from ab_shared.contracts import admin, revoking, usage
from ab_shared.contracts import privacy as contract
from ab_shared.errors import NotFound
from click.testing import Result
from typer.testing import CliRunner

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ADA = "ada@example.org"
ERASE = ("privacy", "erase", "--reason", "a letter", "--yes")
JOB = contract.PrivacyJob(
    id=uuid4(),
    kind="erasure",
    state="processing",
    stage="erasing",
    progress=0.5,
    created_at=NOW,
    version=1,
)
OVER = {"state": "completed", "stage": "ready", "progress": 1.0, "finished_at": NOW}


class Bus:
    """Answers as the services would; its only user is ``user_ada``."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.looks = 0
        self.last_look = 2
        self.erased = {"users": 1}
        self.sign_ins = 0

    async def start(self, _seconds: float) -> None: ...

    async def close(self) -> None: ...

    async def call(self, request: Any) -> Any:
        if isinstance(request, admin.FindUser):
            return self._found(request.person)
        self.asked.append(request)
        if isinstance(request, contract.RequestErasure):
            return contract.PrivacyJobState(job=JOB)
        if isinstance(request, contract.ListPrivacyJobs):
            return contract.PrivacyJobRows(jobs=self._rows(request))
        if isinstance(request, revoking.EndSignIns):
            return revoking.SignInsEnded(families=self.sign_ins)
        raise NotFound("The stand-in keeps no ledger")

    def _found(self, person: admin.Person) -> admin.FoundUser:
        email = person.email.get_secret_value() if person.email else None
        if email != ADA and person.user_id != "user_ada":
            raise NotFound("There is no such user here")
        return admin.FoundUser(user_id="user_ada", timezone="UTC", created_at=NOW, issuers=())

    def _rows(self, request: contract.ListPrivacyJobs) -> tuple[contract.PrivacyJobRow, ...]:
        if request.job_id != JOB.id:
            return ()
        self.looks += 1
        job = JOB.model_copy(update=OVER) if self.looks >= self.last_look else JOB
        counts = {"auth": self.erased, "session": {"sessions": 0}}
        return (
            contract.PrivacyJobRow(job=job, subject="x", requested_by="operator", counts=counts),
        )


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    heard = Bus()
    monkeypatch.setattr(desk, "RabbitBus", lambda *_: heard)
    monkeypatch.setattr(privacy, "LOOK_SECONDS", 0.0)
    monkeypatch.setenv("OPERATOR_RABBITMQ_URL", "amqp://nowhere/ab")
    monkeypatch.setenv("OPERATOR_NAME", "jo")
    return heard


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("who", [ADA, "user_ada"])
def test_an_erasure_is_of_the_user_who_is_meant_and_is_shown_to_its_end(bus: Bus, who: str) -> None:
    done = run(*ERASE, who)
    assert (done.exit_code, bus.asked[0].user_id, bus.looks) == (0, "user_ada", 2)
    assert "users 1" in done.output


def test_an_erasure_that_found_nothing_is_not_called_done(bus: Bus) -> None:
    bus.erased = {"users": 0}
    done = run(*ERASE, "user_ada")
    assert (done.exit_code, "Nothing was erased" in done.output) == (3, True)


def test_an_erasure_that_is_not_over_is_not_called_done(bus: Bus) -> None:
    bus.last_look = 10**9
    done = run(*ERASE, "user_ada", "--wait", "0.01")
    assert (done.exit_code, "not over yet" in done.output) == (75, True)
    assert run(*ERASE, "user_ada", "--wait", "0").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        (*ERASE, "WHO"),
        ("keys", "sign-out", "WHO", "--reason", "lost"),
        ("quota", "show", "WHO"),
        ("quota", "correct", "WHO", "-1", "--reason", "ours"),
    ],
)
@pytest.mark.parametrize("who", ["nobody", "nobody@example.org"])
def test_nobody_is_refused_and_nothing_is_asked(
    bus: Bus, command: tuple[str, ...], who: str
) -> None:
    done = run(*(who if word == "WHO" else word for word in command))
    assert (done.exit_code, "no such user" in done.output) == (1, True)
    assert not bus.asked
    assert "nobody@" not in done.output


def test_only_an_id_may_be_unknown_to_auth(bus: Bus) -> None:
    assert run(*ERASE, "nobody@example.org", "--unknown").exit_code == 1
    assert not bus.asked
    run(*ERASE, "elsewhere_1", "--unknown")
    assert bus.asked[0].user_id == "elsewhere_1"


def test_a_job_nobody_knows_is_refused(bus: Bus) -> None:
    done = run("privacy", "show", str(uuid4()))
    assert (done.exit_code, "There is no such erasure" in done.output) == (1, True)
    assert run("privacy", "show", str(JOB.id)).exit_code == 0
    assert len(bus.asked) == 2


def test_no_sign_in_to_end_is_said(bus: Bus) -> None:
    assert run("keys", "sign-out", ADA, "--reason", "lost").exit_code == 3
    bus.sign_ins = 2
    done = run("keys", "sign-out", ADA, "--reason", "lost")
    assert (done.exit_code, "2 sign-ins ended" in done.output) == (0, True)
    assert {request.user_id for request in bus.asked} == {"user_ada"}


def test_a_quota_is_that_of_the_user_who_is_meant(bus: Bus) -> None:
    run("quota", "show", ADA)
    run("quota", "correct", ADA, "-1", "--reason", "ours")
    assert [(type(one), one.user_id) for one in bus.asked] == [
        (usage.ShowQuota, "user_ada"),
        (usage.CorrectQuota, "user_ada"),
    ]
