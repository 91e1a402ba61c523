"""The running infrastructure refuses what the tables of rights don't name."""

import json
import os
from pathlib import Path
from typing import Any

import aioboto3
import asyncpg
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.real


@pytest.fixture
def infrastructure() -> dict[str, Any]:
    path = os.environ.get("AB_TEST_STACK")
    if not path:
        pytest.skip("needs a running stack (AB_TEST_STACK): run it through 'make test'")
    found: dict[str, Any] = json.loads(Path(path).read_text())["infrastructure"]
    return found


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE theirs (x int)", "DROP TABLE probe", "TRUNCATE probe"]
)
async def test_a_service_has_no_ddl_rights(infrastructure: dict[str, Any], statement: str) -> None:
    database = infrastructure["postgres"]["databases"]["tts"]
    owner = await asyncpg.connect(database["owner_url"])
    service = await asyncpg.connect(database["url"])
    try:
        await owner.execute("CREATE TABLE IF NOT EXISTS probe (id serial, x int)")
        await service.execute("INSERT INTO probe (x) VALUES (1)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    finally:
        await owner.execute("DROP TABLE probe")
        await owner.close()
        await service.close()


@pytest.mark.parametrize("database", ["session", "postgres", "template1"])
async def test_a_service_cannot_enter_another_database(
    infrastructure: dict[str, Any], database: str
) -> None:
    url = infrastructure["postgres"]["databases"]["tts"]["url"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(f"{url.rsplit('/', 1)[0]}/{database}")


@pytest.mark.parametrize(
    ("identity", "bucket", "may_write"),
    [
        ("tts", "ab-speech", True),
        ("tts", "ab-media", False),
        ("tts", "ab-reads", False),
        ("stitching", "ab-reads", True),
        ("stitching", "ab-media", True),
        ("stitching", "ab-speech", False),
        ("gateway", "ab-media", False),
        ("gateway", "ab-speech", False),
    ],
)
async def test_an_identity_writes_to_its_own_buckets_only(
    infrastructure: dict[str, Any], identity: str, bucket: str, *, may_write: bool
) -> None:
    store = infrastructure["s3"]
    keys = store["identities"][identity]
    client = aioboto3.Session().client(
        "s3",
        endpoint_url=store["endpoint_url"],
        region_name=store["region"],
        aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=keys["secret_access_key"],
    )
    async with client as s3:
        if may_write:
            await s3.put_object(Bucket=bucket, Key="probe", Body=b"probe")
            answer = await s3.get_object(Bucket=bucket, Key="probe")
            assert await answer["Body"].read() == b"probe"
            await s3.delete_object(Bucket=bucket, Key="probe")
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                await s3.put_object(Bucket=bucket, Key="probe", Body=b"probe")


@pytest.mark.parametrize(
    ("key", "may_read", "may_write"),
    [
        ("tracks/probe", True, False),
        ("mixdowns/probe", True, False),
        ("exports/probe", True, True),
        ("stems/probe", False, False),
        ("exports-of-others/probe", False, False),
    ],
)
async def test_auth_reads_sound_and_writes_archives_only(
    infrastructure: dict[str, Any], key: str, *, may_read: bool, may_write: bool
) -> None:
    store = infrastructure["s3"]
    everything = {name: store[name] for name in ("access_key_id", "secret_access_key")}

    def client(keys: dict[str, str]) -> Any:
        return aioboto3.Session().client(
            "s3",
            endpoint_url=store["endpoint_url"],
            region_name=store["region"],
            aws_access_key_id=keys["access_key_id"],
            aws_secret_access_key=keys["secret_access_key"],
        )

    async def allowed(call: Any) -> bool:
        try:
            await call
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] != "AccessDenied":
                raise
            return False
        return True

    async with client(everything) as admin, client(store["identities"]["auth"]) as auth:
        where = {"Bucket": "ab-media", "Key": key}
        await admin.put_object(**where, Body=b"probe")
        assert await allowed(auth.get_object(**where)) is may_read
        assert await allowed(auth.put_object(**where, Body=b"mine")) is may_write
        assert await allowed(auth.create_multipart_upload(**where)) is may_write
        assert await allowed(auth.delete_object(**where)) is may_write
        await admin.delete_object(**where)
