"""Which objects a bucket holds, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ab_shared.storage.failures import mapped
from ab_shared.storage.s3 import ObjectStore
from ab_shared.storage.tracing import traced


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object by its key, and when it was last written."""

    key: str
    bytes: int
    written_at: datetime


class Listing(Protocol):
    """The keys of a bucket. May raise ``DependencyUnavailable``."""

    async def page(self, prefix: str, after: str, limit: int) -> Sequence[ListedObject]:
        """At most ``limit`` objects under ``prefix`` whose keys come after ``after``, sorted."""
        ...


class BucketListing:
    """Implements ``Listing`` on an open bucket."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def page(self, prefix: str, after: str, limit: int) -> Sequence[ListedObject]:
        """One request."""
        with traced("list", self._store.bucket, prefix), mapped(prefix):
            answer = await self._store.client.list_objects_v2(
                Bucket=self._store.bucket, Prefix=prefix, StartAfter=after, MaxKeys=limit
            )
        return [
            ListedObject(item["Key"], item["Size"], item["LastModified"])
            for item in answer.get("Contents", ())
        ]
