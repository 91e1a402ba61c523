import json
import os
import stat
from pathlib import Path

import pytest
from ab_local.parts import privileges, rabbitmq
from ab_local.parts.part import PartFailedError
from ab_local.parts.postgres import connection_variables
from ab_local.parts.postgres import privileges as database_privileges
from ab_local.parts.privileges import as_system_user, passable
from ab_local.parts.rabbitmq import RabbitMQ, broker_definitions
from ab_local.parts.seaweedfs import SeaweedFS, identities
from ab_local.parts.valkey import Valkey
from ab_local.services import S3_RIGHTS
from ab_local.stack import Stack
from ab_shared.contracts.catalogue import PARTICIPANTS


def test_each_identity_may_touch_its_own_buckets_only(stack: Stack) -> None:
    listed = identities(stack, S3_RIGHTS)["identities"]
    assert isinstance(listed, list)
    actions = {identity["name"]: set(identity["actions"]) for identity in listed}
    assert actions["gateway"] == {"Read:ab-media", "List:ab-media"}
    assert {action.split(":")[1] for action in actions["tts"]} == {"ab-speech"}
    assert "Write:ab-speech" not in actions["stitching"]
    assert {"Read:ab-speech", "Write:ab-reads", "Write:ab-media"} <= actions["stitching"]
    assert actions["auth"] == {
        *("Read:ab-media/tracks/*", "Read:ab-media/mixdowns/*"),
        *("Read:ab-media/exports/*", "Write:ab-media/exports/*"),
    }
    assert not any("Admin" in action for name in S3_RIGHTS for action in actions[name])


def test_every_password_stays_out_of_the_command_lines(stack: Stack) -> None:
    parts = [Valkey(stack), SeaweedFS(stack, S3_RIGHTS)]
    for part in parts:
        part.prepare()
    written = json.loads(stack.layout.credentials.read_text()).values()
    commands = [" ".join(child.command) for part in parts for child in part.children()]
    assert not any(secret in command for secret in written for command in commands)
    for name in ("valkey/valkey.conf", "s3/s3.json"):
        assert stat.S_IMODE(stack.layout.data(name).stat().st_mode) == 0o600


def test_the_broker_knows_every_service_one_admin_and_no_guest() -> None:
    passwords = {name: f"of {name}" for name in PARTICIPANTS}
    found = broker_definitions(passwords, "admin's")
    tags = {user["name"]: user["tags"] for user in found["users"]}
    assert tags.pop("admin") == ["administrator"]
    assert sorted(tags) == sorted(f"ab-{name}" for name in PARTICIPANTS)
    assert not any(tags.values())
    everything = [given["user"] for given in found["permissions"] if given["write"] == ".*"]
    assert everything == ["admin"]


def test_a_missing_broker_is_named_with_the_command_that_brings_it(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq, "find_broker", lambda _: None)
    with pytest.raises(PartFailedError, match="apt-get install rabbitmq-server"):
        RabbitMQ(stack, ("tts",))


def test_a_service_may_change_rows_and_nothing_else() -> None:
    granted = database_privileges("tts")
    assert "SELECT, INSERT, UPDATE, DELETE ON TABLES TO ab_tts;" in granted
    assert not any(word in granted for word in ("ALL", "TRUNCATE", "CREATE", "REFERENCES"))


def test_psql_gets_its_password_in_the_environment() -> None:
    variables = connection_variables("postgresql://me:secret@127.0.0.1:5/db")
    assert variables["PGPASSWORD"] == "secret"
    assert (variables["PGUSER"], variables["PGPORT"], variables["PGDATABASE"]) == ("me", "5", "db")


def test_a_closed_folder_is_noticed(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            assert not passable(inner)
            break
    tmp_path.chmod(0o700)
    assert not passable(inner)


def test_only_root_drops_privileges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert as_system_user(Path("/usr/bin/env")) == ()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    prefix = as_system_user(Path("/usr/bin/env"))
    assert prefix[:2] == ("setpriv", f"--reuid={privileges.SYSTEM_USER}")
    assert not any("caps" in option for option in prefix)


def test_below_a_closed_folder_one_capability_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    kept = [option for option in as_system_user(tmp_path / "program") if "caps" in option]
    assert kept == ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
