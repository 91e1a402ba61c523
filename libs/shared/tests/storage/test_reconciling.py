from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from ab_shared.errors import DependencyUnavailable
from ab_shared.storage.listing import BucketListing, Listing
from ab_shared.storage.ports import Blobs
from ab_shared.storage.reconciling import Named, missing
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.memory_listing import MemoryListing
from ab_shared.testing.memory_store import MemoryBlobs

SHA = hashlib.sha256(b"sound").hexdigest()


class ReconcilingContract:
    """What every bucket tells."""

    async def test_pages_are_sorted_and_go_on_where_the_last_ended(
        self, blobs: Blobs, listing: Listing
    ) -> None:
        for key in ("tracks/c", "tracks/a", "stems/a", "tracks/b"):
            await blobs.put(key, b"sound", "audio/mp4")
        first = await listing.page("tracks/", "", 2)
        rest = await listing.page("tracks/", first[-1].key, 2)
        assert [item.key for item in (*first, *rest)] == ["tracks/a", "tracks/b", "tracks/c"]
        assert {item.bytes for item in first} == {5}
        assert abs(first[0].written_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert list(await listing.page("mixdowns/", "", 2)) == []

    async def test_what_is_not_as_the_row_says_is_missing(
        self, blobs: Blobs, listing: Listing
    ) -> None:
        assert listing is not None
        await blobs.put("good", b"sound", "audio/mp4")
        await blobs.put("empty", b"", "audio/mp4")
        rows = [
            Named("plain", "good"),
            Named("exact", "good", 5, SHA),
            Named("gone", "nowhere"),
            Named("hollow", "empty"),
            Named("longer", "good", 6, SHA),
            Named("other", "good", 5, "0" * 64),
        ]
        assert await missing(blobs, rows) == ("gone", "hollow", "longer", "other")


class TestInMemory(ReconcilingContract):
    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return MemoryBlobs()

    @pytest.fixture
    def listing(self, blobs: MemoryBlobs) -> MemoryListing:
        return MemoryListing(blobs)

    async def test_nothing_is_missing_from_a_store_that_is_away(self, blobs: MemoryBlobs) -> None:
        blobs.down = True
        with pytest.raises(DependencyUnavailable):
            await missing(blobs, [Named("plain", "good")])


@pytest.mark.real
class TestInABucket(ReconcilingContract):
    @pytest.fixture
    def blobs(self, object_store: ObjectStore) -> ObjectStore:
        return object_store

    @pytest.fixture
    def listing(self, object_store: ObjectStore) -> BucketListing:
        return BucketListing(object_store)
