"""The object store of an instance, from outside: what is in it, out of it, into it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    proxies={},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


@dataclass(frozen=True)
class Entry:
    """One object of the index; the tag is the store's own checksum of the content."""

    bucket: str
    key: str
    bytes: int
    etag: str


class Buckets:
    """Every bucket of one object store, as its administrator."""

    def __init__(self, description: dict[str, Any]) -> None:
        told = description["infrastructure"]["s3"]
        self._names: list[str] = told["buckets"]
        self._client: Any = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=told["endpoint_url"],
            region_name=told["region"],
            aws_access_key_id=told["access_key_id"],
            aws_secret_access_key=told["secret_access_key"],
            config=CONFIG,
        )

    def index(self) -> Iterator[Entry]:
        """Every object there is, bucket by bucket."""
        for bucket in self._names:
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", ()):
                    tag = item["ETag"].strip('"')
                    yield Entry(bucket, item["Key"], item["Size"], tag)

    def fetch(self, entry: Entry, folder: Path) -> None:
        """Write an object and what describes it into a folder, under its bucket and key."""
        answer = self._client.get_object(Bucket=entry.bucket, Key=entry.key)
        file = _place(folder, entry)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            for chunk in answer["Body"].iter_chunks(1 << 20):
                out.write(chunk)
        told = {
            "ContentType": answer["ContentType"],
            "CacheControl": answer.get("CacheControl", ""),
            "Metadata": answer["Metadata"],
        }
        _beside(file).write_text(json.dumps(told))

    def store(self, entry: Entry, folder: Path) -> None:
        """Put an object back as `fetch` has left it."""
        file = _place(folder, entry)
        described = json.loads(_beside(file).read_text())
        with file.open("rb") as body:
            self._client.put_object(Bucket=entry.bucket, Key=entry.key, Body=body, **described)


def write_index(path: Path, entries: list[Entry]) -> None:
    """Write one JSON object a line."""
    path.write_text("".join(json.dumps(asdict(entry)) + "\n" for entry in entries))


def read_index(path: Path) -> list[Entry]:
    """Read what `write_index` wrote."""
    return [Entry(**json.loads(line)) for line in path.read_text().splitlines()]


def _place(folder: Path, entry: Entry) -> Path:
    return folder / entry.bucket / entry.key


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.about.json")
