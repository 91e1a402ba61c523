"""What a service needs of an object store, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

MEBIBYTE = 1024 * 1024
DEFAULT_MAX_BYTES = 64 * MEBIBYTE


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What is known of a stored object; ``sha256`` is hex, None where the writer left none."""

    key: str
    bytes: int
    content_type: str
    sha256: str | None


class Access(Protocol):
    """How the store is reached; ``StorageSettings`` has all of it."""

    @property
    def aws_access_key_id(self) -> SecretStr | None:
        """None uses the machine's own role."""
        ...

    @property
    def aws_secret_access_key(self) -> SecretStr | None:
        """None uses the machine's own role."""
        ...

    @property
    def aws_region(self) -> str:
        """The region of the bucket."""
        ...

    @property
    def aws_endpoint_url_s3(self) -> str | None:
        """None is Amazon's own."""
        ...


class Blobs(Protocol):
    """A bucket. Every method may raise ``DependencyUnavailable``."""

    async def put(
        self,
        key: str,
        data: bytes,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """Stores an object whole; with ``if_absent`` the first writer wins.

        Returns whether it was written: False only when ``if_absent`` found the key taken.
        ``immutable`` lets every cache keep the object for a year.
        """
        ...

    async def put_file(
        self,
        key: str,
        path: Path,
        content_type: str,
        *,
        immutable: bool = True,
        if_absent: bool = False,
    ) -> bool:
        """As ``put``, from a file that need not fit in memory."""
        ...

    async def get(self, key: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> bytes:
        """The whole object.

        Raises:
            ObjectMissing: when there is none under this key.
            PermanentError: when it holds more than ``max_bytes``.
        """
        ...

    async def head(self, key: str) -> ObjectInfo | None:
        """What is known of the object, or None when there is none."""
        ...

    async def delete(self, key: str) -> None:
        """Removes the object; removing what is not there is no error."""
        ...

    async def check(self) -> None:
        """Raises unless the bucket can be reached."""
        ...


class UrlSigner(Protocol):
    """Makes the URLs by which a player fetches private objects."""

    def sign(self, key: str, *, expires_at: datetime) -> str:
        """A URL that works until ``expires_at`` (aware); computed without asking anybody."""
        ...
