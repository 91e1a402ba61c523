"""Passwords and keys of the servers change under load, and no request fails.

Each test is the procedure of a page ``deploy/runbooks/rotate-*.md``, on real servers.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal

import aio_pika
import asyncpg
import httpx
import pytest
import valkey.asyncio as driver
from ab_local.layout import read_json, write_private
from ab_local.processes import ProcessRecord
from aiormq.exceptions import ProbableAuthenticationError as AuthenticationError
from failures.rotation_fleet import ORDER, Fleet
from failures.rotation_load import under_load
from failures.troupe import eventually
from yarl import URL

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
DATABASES = ("entitlement", "auth", "tts", "stitching", "session")
WITH_BUCKETS = ("auth", "tts", "stitching", "gateway")


async def test_broker_passwords(fleet: Fleet) -> None:
    told = fleet.description["infrastructure"]["rabbitmq"]
    where = ("--management-url", told["management_url"], "--admin-password", told["password"])
    before = {service: fleet.environments[service]["RABBITMQ_URL"] for service in ORDER}
    async with under_load(fleet) as load:
        for service in ORDER:
            copy = ("copy", f"ab-{service}", f"ab-{service}-b")
            said = await fleet.operator("broker-user", *copy, *where)
            url = URL(before[service]).with_user(f"ab-{service}-b")
            await fleet.roll(service, RABBITMQ_URL=str(url.with_password(said.splitlines()[-1])))
        # While somebody works with it, a user cannot be taken from under them.
        await fleet.operator("broker-user", "retire", f"ab-{ORDER[0]}-b", *where, says=1)
        for service in ORDER:
            await eventually(lambda s=service: _retired(fleet, f"ab-{s}", where), 60)
            await _is_refused(before[service])
        await load.settled(2)
    assert load.failed == []
    assert await _dead_letters(told) == 0


async def _is_refused(url: str) -> None:
    link = aio_pika.Connection(URL(url))
    with pytest.raises(AuthenticationError):
        await link.connect(timeout=30)
    # Left alone, it would look for a loop to end on wherever its memory is taken back.
    await link.close()


async def _retired(fleet: Fleet, user: str, where: tuple[str, ...]) -> bool:
    # The management's list of links is as old as its statistics: five seconds.
    code, said = await fleet.try_operator("broker-user", "retire", user, *where)
    assert code == 0 or "are open" in said, said
    return code == 0


async def _dead_letters(told: dict[str, str]) -> int:
    async with httpx.AsyncClient(auth=(told["user"], told["password"]), trust_env=False) as http:
        found = (await http.get(f"{told['management_url']}/api/queues/{told['vhost']}")).json()
    return sum(queue.get("messages", 0) for queue in found if queue["name"].endswith(".dead"))


async def test_database_passwords(fleet: Fleet) -> None:
    async with under_load(fleet) as load:
        for service in DATABASES:
            await _other_role(fleet, service, f"ab_{service}", f"ab_{service}_b")
        # The next time it goes back: two roles take turns.
        await _other_role(fleet, "session", "ab_session_b", "ab_session")
        await load.settled(2)
    assert load.failed == []


async def _other_role(fleet: Fleet, service: str, role: str, following: str) -> None:
    password = secrets.token_hex(24)
    known = await fleet.admin("SELECT 1 FROM pg_roles WHERE rolname = $1", following)
    if known:
        await fleet.admin(f"ALTER ROLE {following} LOGIN PASSWORD '{password}'")
    else:
        await fleet.admin(f"CREATE ROLE {following} LOGIN PASSWORD '{password}' IN ROLE {role}")
    before = fleet.environments[service]["DATABASE_URL"]
    url = URL(before).with_user(following).with_password(password)
    await fleet.roll(service, DATABASE_URL=str(url))
    here = "SELECT count(*) AS n FROM pg_stat_activity WHERE usename = $1"
    assert (await fleet.admin(here, role))[0]["n"] == 0
    await fleet.admin(f"ALTER ROLE {role} NOLOGIN PASSWORD NULL")
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(before)


async def test_valkey_password(fleet: Fleet) -> None:
    before = URL(fleet.environments["gateway"]["VALKEY_URL"])
    password = secrets.token_hex(24)
    async with driver.Valkey.from_url(str(before)) as admin, under_load(fleet) as load:
        await admin.execute_command("ACL", "SETUSER", "default", f">{password}")
        await fleet.roll("gateway", VALKEY_URL=str(before.with_password(password)))
        await admin.execute_command("ACL", "SETUSER", "default", f"<{before.password}")
        # As after a leak: whoever was in by the old one is out.
        await admin.execute_command("CLIENT", "KILL", "TYPE", "normal")
        try:
            await load.settled(2)
            async with driver.Valkey.from_url(str(before)) as late:
                with pytest.raises(driver.AuthenticationError):
                    await late.ping()
            await eventually(lambda: _has_valkey(fleet), 20)
        finally:
            # The supervisor's own probe of these servers goes on with the one it knows.
            await admin.execute_command("ACL", "SETUSER", "default", f">{before.password}")
    assert load.failed == []


async def _has_valkey(fleet: Fleet) -> bool:
    [gateway] = fleet.gateways
    _, parts = await asyncio.to_thread(gateway.readiness)
    return parts["valkey"] == "ok"


async def test_s3_keys(fleet: Fleet) -> None:
    following = {name: (f"ab-{name}-b", secrets.token_hex(24)) for name in WITH_BUCKETS}
    async with under_load(fleet) as load, httpx.AsyncClient(trust_env=False) as player:
        await _two_keys(fleet, following)
        for service, (key, secret) in following.items():
            await fleet.roll(service, AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
        await load.settled(2)
        old, new = load.media[0], load.media[-1]
        # What was signed with the key before plays for as long as that is there.
        assert (await player.get(old)).status_code == 200
        assert (await player.get(new)).status_code == 200
        await _last_keys(fleet)

        async def ended() -> bool:
            return (await player.get(old)).status_code == 403

        await eventually(ended, 20)
        assert (await player.get(new)).status_code == 200
        await load.settled(2)
    assert load.failed == []


async def _two_keys(fleet: Fleet, following: dict[str, tuple[str, str]]) -> None:
    path = fleet.layout.data("s3") / "s3.json"
    told = json.loads(path.read_text())
    for identity in told["identities"]:
        if identity["name"] in following:
            key, secret = following[identity["name"]]
            identity["credentials"].append({"accessKey": key, "secretKey": secret})
    _tell_store(fleet, told)


async def _last_keys(fleet: Fleet) -> None:
    told = json.loads((fleet.layout.data("s3") / "s3.json").read_text())
    for identity in told["identities"]:
        identity["credentials"] = identity["credentials"][-1:]
    _tell_store(fleet, told)


def _tell_store(fleet: Fleet, identities: object) -> None:
    write_private(fleet.layout.data("s3") / "s3.json", json.dumps(identities))
    record = ProcessRecord.read(read_json(fleet.layout.status)["children"]["s3"])
    assert record is not None
    os.kill(record.pid, signal.SIGHUP)
