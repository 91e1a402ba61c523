"""Storing a large file in parts; nothing is left behind when it fails."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ab_shared.storage.failures import CLIENT_ERRORS

if TYPE_CHECKING:
    from types_aiobotocore_s3.client import S3Client
    from types_aiobotocore_s3.type_defs import (
        CompletedPartTypeDef,
        CompleteMultipartUploadRequestTypeDef,
        CreateMultipartUploadRequestTypeDef,
    )

PART_BYTES = 8 * 1024 * 1024  # S3 wants 5 MiB at least, but for the last


async def upload(
    client: S3Client,
    path: Path,
    target: CreateMultipartUploadRequestTypeDef,
    *,
    if_absent: bool,
) -> None:
    """Uploads a file one part after another; the object appears when all of them are there.

    Raises what the client raises; with ``if_absent`` that is ``PreconditionFailed`` for a key
    that was taken meanwhile.
    """
    bucket, key = target["Bucket"], target["Key"]
    created = await client.create_multipart_upload(**target)
    upload_id = created["UploadId"]
    parts: list[CompletedPartTypeDef] = []
    try:
        async for content in _parts(path):
            number = len(parts) + 1
            part = await client.upload_part(
                Bucket=bucket,
                Key=key,
                UploadId=upload_id,
                PartNumber=number,
                Body=io.BytesIO(content),
            )
            parts.append({"ETag": part["ETag"], "PartNumber": number})
        ending: CompleteMultipartUploadRequestTypeDef = {
            "Bucket": bucket,
            "Key": key,
            "UploadId": upload_id,
            "MultipartUpload": {"Parts": parts},
        }
        if if_absent:
            ending["IfNoneMatch"] = "*"
        await client.complete_multipart_upload(**ending)
    except BaseException:
        # A store that fails the upload fails this too; a cancellation has to stay one.
        with suppress(*CLIENT_ERRORS):
            await client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
        raise


async def _parts(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while content := await asyncio.to_thread(file.read, PART_BYTES):
            yield content
