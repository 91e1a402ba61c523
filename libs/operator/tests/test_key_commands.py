"""The commands around keys, over a desk that hears what they ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import typer
from ab_operator import main
from ab_operator.commands import keys
from ab_operator.desk import Desk
from ab_operator.settings import OperatorSettings
from ab_shared.contracts import admin, api_keys, revoking, signing_keys
from pydantic import SecretStr
from typer.testing import CliRunner

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
KEY_ID = "0123456789abcdef"
TOKEN = f"abk_{KEY_ID}_{'s' * 43}"
STATE = api_keys.ApiKeyState(
    key_id=KEY_ID,
    name="load-tests",
    user_id="machine_1",
    scopes=("sessions:read",),
    made_by="jo",
    made_at=NOW,
    secrets=(
        api_keys.ApiKeySecretState(number=1, made_at=NOW, expires_at=NOW + timedelta(days=90)),
    ),
)
SIGNING = signing_keys.SigningKeyStates(
    keys=(signing_keys.SigningKeyState(kid="k1", stage="signing", made_at=NOW, signs_from=NOW),)
)


class Bus:
    """Answers as auth would, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def call(self, request: Any) -> Any:
        self.asked.append(request)
        if isinstance(request, api_keys.MakeApiKey | api_keys.RotateApiKey):
            return api_keys.NewApiKey(key=STATE, token=SecretStr(TOKEN))
        if isinstance(request, api_keys.ListApiKeys):
            return api_keys.ApiKeyStates(keys=(STATE,))
        if isinstance(request, api_keys.RevokeApiKey):
            return STATE.model_copy(update={"revoked_at": NOW})
        if isinstance(request, admin.FindUser):
            return admin.FoundUser(
                user_id=request.person.user_id or "user_1",
                timezone="UTC",
                created_at=NOW,
                issuers=("built-in",),
            )
        if isinstance(request, revoking.EndSignIns):
            return revoking.SignInsEnded(families=3)
        return SIGNING


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    heard = Bus()
    settings = OperatorSettings(
        operator_rabbitmq_url=SecretStr("amqp://nowhere/ab"), operator_name="jo"
    )

    def seated(_: typer.Context, work: Callable[[Desk], Any]) -> Any:
        coroutine = work(Desk(cast("Any", heard), settings))
        try:
            coroutine.send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("the stand-in never waits")

    monkeypatch.setattr(keys, "at_desk", seated)
    return heard


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main.app, ["keys", *arguments], env={"COLUMNS": "250"})


def test_a_new_key_is_printed_once_on_a_line_of_its_own(bus: Bus) -> None:
    done = run(
        "make", "load-tests", "--scope", "sessions:read", "--scope", "me:read", "--days", "7"
    )
    assert done.output.splitlines()[-1] == TOKEN
    assert done.output.count(TOKEN) == 1
    [asked] = bus.asked
    assert (asked.name, asked.scopes) == ("load-tests", ("sessions:read", "me:read"))
    assert (asked.life_seconds, asked.actor, asked.actor_kind) == (7 * 86400, "jo", "operator")


@pytest.mark.parametrize(
    "wrong",
    [
        ("make", "load-tests"),
        ("make", "load-tests", "--scope", "me:read", "--days", "0"),
        ("make", "load-tests", "--scope", "me:read", "--days", "9999"),
        ("rotate", KEY_ID, "--overlap", "9999"),
        ("revoke",),
        ("sign-out", "user_1"),
        ("withdraw-signing", "k1"),
    ],
)
def test_what_is_left_out_or_without_end_is_refused(bus: Bus, wrong: tuple[str, ...]) -> None:
    assert run(*wrong).exit_code == 2
    assert not bus.asked


def test_keys_are_shown_without_anything_that_opens(bus: Bus) -> None:
    done = run("list", "--all")
    assert "load-tests" in done.output
    assert "abk_" not in done.output
    assert bus.asked[0].ended


def test_a_leaked_secret_ends_at_once(bus: Bus) -> None:
    assert run("rotate", KEY_ID, "--overlap", "0").output.splitlines()[-1] == TOKEN
    assert bus.asked[-1].overlap_seconds == 0


def test_a_fresh_secret_lives_as_long_as_the_one_before(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = STATE.secrets[0].model_copy(update={"expires_at": NOW + timedelta(hours=2)})
    day = {"number": 2, "expires_at": NOW + timedelta(days=1)}
    secrets = (cut, STATE.secrets[0].model_copy(update=day))
    monkeypatch.setattr(f"{__name__}.STATE", STATE.model_copy(update={"secrets": secrets}))
    assert run("rotate", KEY_ID).exit_code == 0
    assert bus.asked[-1].life_seconds == 86400
    assert run("rotate", KEY_ID, "--days", "7").exit_code == 0
    assert bus.asked[-1].life_seconds == 7 * 86400


def test_revoking_says_so(bus: Bus) -> None:
    assert "(revoked)" in run("revoke", KEY_ID, "--reason", "leaked").output
    assert bus.asked[0].reason == "leaked"


def test_signing_keys_and_sign_ins(bus: Bus) -> None:
    assert "signing" in run("signing").output
    assert "signing" in run("rotate-signing", "--reason", "a drill").output
    assert "signing" in run("withdraw-signing", "k1", "--reason", "leaked").output
    assert (bus.asked[-1].kid, bus.asked[-1].reason) == ("k1", "leaked")
    assert "3 sign-ins ended" in run("sign-out", "user_1", "--reason", "lost phone").output
    assert [type(request) for request in bus.asked] == [
        signing_keys.ListSigningKeys,
        signing_keys.RotateSigningKey,
        signing_keys.WithdrawSigningKey,
        admin.FindUser,
        revoking.EndSignIns,
    ]
