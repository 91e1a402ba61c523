"""An object store in memory, held to the same tests as the real one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ab_shared.errors import DependencyUnavailable, ObjectMissing, PermanentError
from ab_shared.storage.ports import DEFAULT_MAX_BYTES, ObjectInfo


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it was put."""

    data: bytes
    content_type: str
    immutable: bool


class MemoryBlobs:
    """Implements ``Blobs``. Set ``down`` to make every call fail as a lost store does."""

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.down = False

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.objects))

    async def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """Stores an object; False when ``if_absent`` found the key taken."""
        await self.check()
        if if_absent and key in self.objects:
            return False
        self.objects[key] = StoredObject(bytes(data), content_type, immutable)
        return True

    async def put_file(
        self,
        key: str,
        path: Path,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """As ``put``, from a file."""
        data = await asyncio.to_thread(path.read_bytes)
        return await self.put(key, data, content_type, immutable=immutable, if_absent=if_absent)

    async def get(self, key: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
        """The whole object; ObjectMissing, or PermanentError above ``max_bytes``."""
        await self.check()
        if key not in self.objects:
            raise ObjectMissing("The object store holds no such object", details={"key": key})
        data = self.objects[key].data
        if len(data) > max_bytes:
            raise PermanentError("A stored object is larger than allowed", details={"key": key})
        return data

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of the object, or None."""
        await self.check()
        found = self.objects.get(key)
        if found is None:
            return None
        sha256 = hashlib.sha256(found.data).hexdigest()
        return ObjectInfo(key, len(found.data), found.content_type, sha256)

    async def delete(self, key: str) -> None:
        """Removes the object if it is there."""
        await self.check()
        self.objects.pop(key, None)

    async def check(self) -> None:
        """Raises DependencyUnavailable while ``down``."""
        if self.down:
            raise DependencyUnavailable("The object store does not answer")
