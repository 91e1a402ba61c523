"""An operation on the object store is one span that knows no address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ab_shared.errors import DependencyUnavailable, ObjectMissing
from ab_shared.storage.listing import BucketListing
from ab_shared.storage.multipart import PART_BYTES
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.servers import S3Server
from ab_shared.testing.spans import recorded
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import SecretStr

ADDRESS = "ab" * 32
NOWHERE = S3Server("http://127.0.0.1:1", SecretStr("key"), SecretStr("secret"))


@pytest.fixture
def spans() -> Iterator[list[ReadableSpan]]:
    with recorded() as found:
        yield found


@pytest.mark.real
async def test_each_operation_is_below_the_work(
    object_store: ObjectStore, spans: list[ReadableSpan], tmp_path: Path
) -> None:
    work = trace.get_current_span().get_span_context()
    key, big = f"tracks/{ADDRESS}/affirmations.m4a", tmp_path / "big"
    big.write_bytes(bytes(PART_BYTES + 1))
    await object_store.put(key, b"1", "audio/mp4")
    await object_store.get(key)
    await object_store.head(key)
    await object_store.put_file(f"mixdowns/{ADDRESS}/mixdown.m4a", big, "audio/mp4")
    await BucketListing(object_store).page("tracks/", "", 10)
    await object_store.delete(key)
    with pytest.raises(ObjectMissing):
        await object_store.get(key)
    operations = ["put", "get", "head", "put_file", "list", "delete", "get"]
    assert [span.name for span in spans] == [f"s3 {name}" for name in operations]
    for span in spans:
        assert span.parent.span_id == work.span_id
        assert span.kind is SpanKind.CLIENT
        # A missing object is an answer.
        assert span.status.status_code is StatusCode.UNSET
        assert span.attributes["aws.s3.bucket"] == object_store.bucket
        assert span.attributes["aws.s3.key_prefix"] in {"tracks", "mixdowns"}
        assert ADDRESS not in span.to_json()


async def test_a_store_that_is_away_fails_the_span(spans: list[ReadableSpan]) -> None:
    async with ObjectStore(NOWHERE, "bucket") as store:
        with pytest.raises(DependencyUnavailable):
            await store.get(f"tracks/{ADDRESS}/affirmations.m4a")
    [span] = spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "DependencyUnavailable"
    assert ADDRESS not in span.to_json()
