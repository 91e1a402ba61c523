from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from ab_shared.errors import DependencyUnavailable, PermanentError
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.buckets import TestBucket
from ab_shared.testing.servers import S3Server
from pydantic import SecretStr

NOWHERE = S3Server("http://127.0.0.1:1", SecretStr("key"), SecretStr("secret"))


@pytest.mark.real
async def test_tells_caches_how_long_to_keep_an_object(object_store: ObjectStore) -> None:
    await object_store.put("tracks/a", b"1", "audio/mp4")
    await object_store.put("tracks/b", b"1", "audio/mp4", immutable=False)
    heads = [
        await object_store.client.head_object(Bucket=object_store.bucket, Key=key)
        for key in ("tracks/a", "tracks/b")
    ]
    assert [head["CacheControl"] for head in heads] == [
        "public, max-age=31536000, immutable",
        "no-cache",
    ]
    assert all("ContentEncoding" not in head for head in heads)


@pytest.mark.real
async def test_one_of_many_first_writers_wins(object_store: ObjectStore) -> None:
    bodies = [bytes([number]) * 1000 for number in range(8)]
    won = await asyncio.gather(
        *(object_store.put("speech/x", body, "audio/flac", if_absent=True) for body in bodies)
    )
    assert sum(won) == 1
    assert await object_store.get("speech/x") == bodies[won.index(True)]


@pytest.mark.real
async def test_a_wrong_key_is_refused_for_good(s3_server: S3Server, bucket: TestBucket) -> None:
    async with bucket.opened():
        stranger = replace(s3_server, aws_secret_access_key=SecretStr("another"))
        async with ObjectStore(stranger, bucket.name) as store:
            with pytest.raises(PermanentError):
                await store.put("tracks/a", b"1", "audio/mp4")


@pytest.mark.real
async def test_a_missing_bucket_fails_the_check(s3_server: S3Server) -> None:
    async with ObjectStore(s3_server, "ab-test-nobody-made-this") as store:
        with pytest.raises(PermanentError):
            await store.check()


async def test_a_store_that_is_away_is_said_so_in_time() -> None:
    started = time.monotonic()
    async with ObjectStore(NOWHERE, "bucket") as store:
        for call in (store.check(), store.get("a"), store.put("a", b"", "audio/mp4")):
            with pytest.raises(DependencyUnavailable):
                await call
    assert time.monotonic() - started < 30


async def test_a_closed_store_says_so() -> None:
    with pytest.raises(DependencyUnavailable):
        await ObjectStore(NOWHERE, "bucket").get("a")
