"""The object store's promises, kept by the real store and by its fake."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from ab_shared.errors import DependencyUnavailable, ObjectMissing, PermanentError
from ab_shared.storage.ports import MEBIBYTE, Blobs
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.memory_store import MemoryBlobs

AUDIO = "audio/mp4"
KEY = "stems/0/Babbling Brook.m4a"


class BlobsContract:
    """What every ``Blobs`` does."""

    @pytest.fixture
    def blobs(self) -> Blobs:
        raise NotImplementedError

    async def test_gives_back_what_was_put(self, blobs: Blobs) -> None:
        assert await blobs.put(KEY, b"sound", AUDIO)
        assert await blobs.get(KEY) == b"sound"

    async def test_knows_size_type_and_digest(self, blobs: Blobs) -> None:
        await blobs.put(KEY, b"sound", AUDIO)
        info = await blobs.head(KEY)
        assert info is not None
        assert (info.key, info.bytes, info.content_type) == (KEY, 5, AUDIO)
        assert info.sha256 == hashlib.sha256(b"sound").hexdigest()

    async def test_knows_nothing_of_an_absent_object(self, blobs: Blobs) -> None:
        assert await blobs.head("tracks/none") is None
        with pytest.raises(ObjectMissing):
            await blobs.get("tracks/none")

    async def test_replaces_unless_told_otherwise(self, blobs: Blobs) -> None:
        await blobs.put(KEY, b"one", AUDIO)
        assert await blobs.put(KEY, b"two", AUDIO)
        assert not await blobs.put(KEY, b"three", AUDIO, if_absent=True)
        assert await blobs.get(KEY) == b"two"

    async def test_first_writer_wins_where_nothing_was(self, blobs: Blobs) -> None:
        assert await blobs.put(KEY, b"one", AUDIO, if_absent=True)
        assert not await blobs.put(KEY, b"two", AUDIO, if_absent=True)
        assert await blobs.get(KEY) == b"one"

    async def test_refuses_to_read_more_than_allowed(self, blobs: Blobs) -> None:
        await blobs.put(KEY, b"12345", AUDIO)
        assert await blobs.get(KEY, max_bytes=5) == b"12345"
        with pytest.raises(PermanentError) as caught:
            await blobs.get(KEY, max_bytes=4)
        assert not isinstance(caught.value, ObjectMissing)

    async def test_deletes_and_deletes_again(self, blobs: Blobs) -> None:
        await blobs.put(KEY, b"sound", AUDIO)
        await blobs.delete(KEY)
        await blobs.delete(KEY)
        assert await blobs.head(KEY) is None

    @pytest.mark.parametrize("size", [0, 1000, 9 * MEBIBYTE])
    async def test_takes_files_of_any_size(self, blobs: Blobs, tmp_path: Path, size: int) -> None:
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        path = tmp_path / "sound.m4a"
        path.write_bytes(content)
        assert await blobs.put_file(KEY, path, AUDIO, if_absent=True)
        assert await blobs.get(KEY) == content
        info = await blobs.head(KEY)
        assert info is not None
        assert (info.bytes, info.content_type) == (size, AUDIO)
        assert info.sha256 == hashlib.sha256(content).hexdigest()
        assert not await blobs.put_file(KEY, path, AUDIO, if_absent=True)

    async def test_is_well_while_it_answers(self, blobs: Blobs) -> None:
        await blobs.check()


class TestMemoryBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self) -> Blobs:
        return MemoryBlobs()

    async def test_fails_as_a_lost_store_does(self) -> None:
        blobs = MemoryBlobs()
        await blobs.put(KEY, b"sound", AUDIO)
        blobs.down = True
        for call in every_call(blobs):
            with pytest.raises(DependencyUnavailable):
                await call()


@pytest.mark.real
class TestObjectStore(BlobsContract):
    @pytest.fixture
    def blobs(self, object_store: ObjectStore) -> Blobs:
        return object_store


def every_call(blobs: Blobs) -> list[Callable[[], Awaitable[object]]]:
    return [
        lambda: blobs.put(KEY, b"sound", AUDIO),
        lambda: blobs.get(KEY),
        lambda: blobs.head(KEY),
        lambda: blobs.delete(KEY),
        blobs.check,
    ]
