"""A bucket of an S3-speaking store, reached through one client for the whole process."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import aioboto3
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError

from ab_shared.errors import DependencyUnavailable, PermanentError
from ab_shared.runtime.telemetry import trace_id
from ab_shared.storage import multipart
from ab_shared.storage.failures import MISSING, TAKEN, code_of, mapped
from ab_shared.storage.metrics import Call, timing
from ab_shared.storage.ports import DEFAULT_MAX_BYTES, Access, ObjectInfo
from ab_shared.storage.tracing import traced

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import (
        CreateMultipartUploadRequestTypeDef,
        HeadObjectOutputTypeDef,
        PutObjectRequestTypeDef,
    )

IMMUTABLE = "public, max-age=31536000, immutable"
MUTABLE = "no-cache"
_CONFIG = AioConfig(
    signature_version="s3v4",
    # Path style works with every store; a bucket as a host name needs its own DNS and certificate.
    s3={"addressing_style": "path"},
    # Up to three attempts; after them the retry ladder of the message takes over.
    connect_timeout=3,
    read_timeout=20,
    max_pool_connections=32,
    retries={"mode": "standard", "total_max_attempts": 3},
    # We send SHA-256 ourselves; other stores than S3 choke on trailing checksums.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


# The client's limit is for the time between two bytes: a store that trickles would never meet it.
OPERATION_SECONDS = 30.0
SLOWEST_BYTES_A_SECOND = 1_000_000


class ObjectStore:
    """Implements ``ports.Blobs`` on one bucket; open it with ``start`` or ``async with``."""

    def __init__(self, access: Access, bucket: str) -> None:
        self._access = access
        self.bucket = bucket
        self._stack = AsyncExitStack()
        self._opened: S3Client | None = None

    async def start(self) -> None:
        """Opens the client; nothing is asked of the store yet."""
        key_id, secret = self._access.aws_access_key_id, self._access.aws_secret_access_key
        client = _session().client(
            "s3",
            aws_access_key_id=key_id.get_secret_value() if key_id else None,
            aws_secret_access_key=secret.get_secret_value() if secret else None,
            region_name=self._access.aws_region,
            endpoint_url=self._access.aws_endpoint_url_s3,
            config=_CONFIG,
        )
        self._opened = await self._stack.enter_async_context(client)

    async def close(self) -> None:
        """Closes the client and its connections."""
        self._opened = None
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def client(self) -> S3Client:
        """The open client, for what this class has no words for."""
        if self._opened is None:
            raise DependencyUnavailable("The object store's client is not open")
        return self._opened

    async def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """Stores an object whole; False when ``if_absent`` found the key taken."""
        digest = await asyncio.to_thread(hashlib.sha256, data)
        request: PutObjectRequestTypeDef = {
            "Bucket": self.bucket,
            "Key": key,
            "Body": io.BytesIO(data),  # bytes themselves would be written in one go
            "ContentType": content_type,
            "CacheControl": IMMUTABLE if immutable else MUTABLE,
            "ChecksumSHA256": base64.b64encode(digest.digest()).decode(),
            "Metadata": _metadata(digest.hexdigest()),
        }
        if if_absent:
            request["IfNoneMatch"] = "*"
        writing = self.client.put_object(**request)
        return await _written("put", self.bucket, key, writing, len(data), if_absent=if_absent)

    async def put_file(
        self,
        key: str,
        path: Path,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """As ``put``; above 8 MiB in parts."""
        size = await asyncio.to_thread(lambda: path.stat().st_size)
        if size <= multipart.PART_BYTES:
            data = await asyncio.to_thread(path.read_bytes)
            return await self.put(key, data, content_type, immutable=immutable, if_absent=if_absent)
        if if_absent and await self.head(key) is not None:
            return False  # before sending all of it; the last part asks again
        target: CreateMultipartUploadRequestTypeDef = {
            "Bucket": self.bucket,
            "Key": key,
            "ContentType": content_type,
            "CacheControl": IMMUTABLE if immutable else MUTABLE,
            "Metadata": _metadata(await asyncio.to_thread(_file_sha256, path)),
        }
        writing = multipart.upload(self.client, path, target, if_absent=if_absent)
        return await _written("put_file", self.bucket, key, writing, size, if_absent=if_absent)

    async def get(self, key: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
        """The whole object; ObjectMissing, or PermanentError above ``max_bytes``."""
        async with _bounded("get", self.bucket, key, max_bytes):
            answer = await self.client.get_object(Bucket=self.bucket, Key=key)
            async with answer["Body"] as body:
                # Before reading: the bound is for our memory.
                if answer["ContentLength"] > max_bytes:
                    raise PermanentError(
                        "A stored object is larger than allowed", details={"key": key}
                    )
                return await body.read()

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of the object, or None when there is none."""
        async with _bounded("head", self.bucket, key) as call:
            try:
                answer = await self.client.head_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if code_of(error) in MISSING:
                    call.outcome = "missing"
                    return None
                raise
        return _info(key, answer)

    async def delete(self, key: str) -> None:
        """Removes the object if it is there."""
        async with _bounded("delete", self.bucket, key):
            await self.client.delete_object(Bucket=self.bucket, Key=key)

    async def check(self) -> None:
        """Raises unless the bucket can be reached."""
        async with _bounded("check", self.bucket, self.bucket):
            await self.client.head_bucket(Bucket=self.bucket)


@cache
def _session() -> aioboto3.Session:
    """Shared, because reading the description of S3 takes longest when a client is made."""
    return aioboto3.Session()


@asynccontextmanager
async def _bounded(operation: str, bucket: str, key: str, size: int = 0) -> AsyncIterator[Call]:
    """Ends what takes longer than ``size`` bytes may take, as DependencyUnavailable."""
    with traced(operation, bucket, key), mapped(key), timing(operation) as call:
        async with asyncio.timeout(OPERATION_SECONDS + size / SLOWEST_BYTES_A_SECOND):
            yield call


async def _written(
    operation: str, bucket: str, key: str, writing: Awaitable[object], size: int, *, if_absent: bool
) -> bool:
    """Whether it was written; False where ``if_absent`` found the key taken."""
    async with _bounded(operation, bucket, key, size):
        try:
            await writing
        except ClientError as error:
            if if_absent and code_of(error) in TAKEN:
                return False
            raise
    return True


def _metadata(sha256: str) -> dict[str, str]:
    """What is kept beside an object; its trace leads from a sound to the request that wanted it."""
    trace = trace_id()
    return {"sha256": sha256, **({"trace-id": trace} if trace else {})}


def _info(key: str, answer: HeadObjectOutputTypeDef) -> ObjectInfo:
    sha256 = answer["Metadata"].get("sha256")
    return ObjectInfo(key, answer["ContentLength"], answer["ContentType"], sha256)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
