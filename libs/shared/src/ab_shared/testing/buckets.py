"""A bucket for a test run, emptied after each test."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.servers import S3Server


@dataclass(slots=True)
class TestBucket:
    """Makes its bucket on first use: a new one per test would cost the store a volume each."""

    __test__ = False

    server: S3Server
    name: str = field(default_factory=lambda: f"ab-test-{secrets.token_hex(6)}")
    made: bool = False

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ObjectStore]:
        """The empty bucket."""
        async with ObjectStore(self.server, self.name) as store:
            if not self.made:
                await store.client.create_bucket(Bucket=self.name)
                self.made = True
            try:
                yield store
            finally:
                await self._empty(store)

    async def remove(self) -> None:
        """Deletes the bucket at the end of the run."""
        if self.made:
            async with ObjectStore(self.server, self.name) as store:
                await self._empty(store)
                await store.client.delete_bucket(Bucket=self.name)

    async def _empty(self, store: ObjectStore) -> None:
        pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        async for page in pages:
            for row in page.get("Contents", []):
                await store.delete(row["Key"])
