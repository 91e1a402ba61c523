"""Makes the services' buckets, from inside the store's own network: its filer is on loopback."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import botocore.session
import httpx
from ab_local.buckets import CONFIG
from ab_local.parts.seaweedfs import KEEP_FOLDERS, PROBE_BUCKET
from ab_local.services import S3_RIGHTS
from ab_local.stack import S3_REGION
from botocore.exceptions import BotoCoreError, ClientError

SECRETS = Path("/run/secrets")
STORE, FILER = "http://127.0.0.1:8333", "http://127.0.0.1:8888"
KEY_FILES = ("access_key_id", "secret_access_key")
READY_SECONDS = 60.0
HTTP_SECONDS = 5.0


def provision() -> int:
    """Create what is not there yet; returns how many buckets there are.

    Raises:
        httpx.HTTPError: the filer does not take the mark.
        TimeoutError: the store keeps nothing, after a minute of trying.
    """
    key, secret = ((SECRETS / f"aws_{name}").read_text() for name in KEY_FILES)
    store: Any = botocore.session.get_session().create_client(
        "s3",
        endpoint_url=STORE,
        region_name=S3_REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=CONFIG,
    )
    _await_store(store)
    buckets = sorted({bucket for own in S3_RIGHTS.values() for bucket in own})
    for bucket in buckets:
        _make(store, bucket)
        # It removes folders that it counts as empty; every track has a folder of its own.
        url = f"{FILER}/buckets/{bucket}?tagging"
        marked = httpx.put(url, headers={KEEP_FOLDERS: "true"}, timeout=HTTP_SECONDS)
        marked.raise_for_status()
    return len(buckets)


def _await_store(store: Any) -> None:
    # It answers before it can keep anything: ready is what was put and can be read.
    end = time.monotonic() + READY_SECONDS
    while True:
        try:
            _make(store, PROBE_BUCKET)
            store.put_object(Bucket=PROBE_BUCKET, Key="ready", Body=b"ready")
            store.get_object(Bucket=PROBE_BUCKET, Key="ready")
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > end:
                raise TimeoutError(f"the store keeps nothing: {error}") from error
            time.sleep(0.5)
        else:
            return


def _make(store: Any, bucket: str) -> None:
    try:
        store.create_bucket(Bucket=bucket)
    except (store.exceptions.BucketAlreadyExists, store.exceptions.BucketAlreadyOwnedByYou):
        return


if __name__ == "__main__":
    sys.stdout.write(f"{provision()} buckets\n")
