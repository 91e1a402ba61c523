"""Which release of a service this process is."""

from __future__ import annotations

from importlib import metadata


def release_of(service: str) -> str:
    """The version of the installed package, "unknown" where none is installed."""
    try:
        return metadata.version(f"ab-{service}")
    except metadata.PackageNotFoundError:
        return "unknown"
