"""How often an answer that is still in the making may be asked for again."""

from __future__ import annotations

# What the installed app does by itself.
POLL_SECONDS = 1


def look_again(*, pending: bool) -> dict[str, str]:
    """The header that says so; nothing where there is nothing to wait for."""
    return {"Retry-After": str(POLL_SECONDS)} if pending else {}
