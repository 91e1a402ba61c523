"""An exception as operators may read it: where it came from, and its words without values."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from ab_shared.runtime.scrubbing import Scrubber

LONGEST_CHAIN = 8
JOINTS = {
    True: "\nThe above exception was the direct cause of the following exception:\n\n",
    False: "\nDuring handling of the above exception, another exception occurred:\n\n",
}


def told(error: BaseException, scrubber: Scrubber) -> str:
    """The traceback of an exception and of what caused it; quoted values are taken out."""
    parts: list[str] = []
    for link, caused in reversed(list(_chain(error))):
        parts.append(_one(link, scrubber))
        if link is not error:
            parts.append(JOINTS[caused])
    return "".join(parts).rstrip("\n")


def _chain(error: BaseException) -> Iterator[tuple[BaseException, bool]]:
    """From the last exception back to the first; True where the one after was raised from it."""
    caused = False
    for _ in range(LONGEST_CHAIN):
        yield error, caused
        caused = error.__cause__ is not None
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            return
        error = before


def _one(error: BaseException, scrubber: Scrubber) -> str:
    frames = traceback.extract_tb(error.__traceback__).format()
    kind = type(error).__qualname__
    if type(error).__module__ not in {"builtins", "__main__"}:
        kind = f"{type(error).__module__}.{kind}"
    words = scrubber.error(_words(error))
    parts = ["Traceback (most recent call last):\n", *frames, f"{kind}: {words}" if words else kind]
    if isinstance(error, BaseExceptionGroup):
        parts += [f"\n  + {line}" for line in _members(error, scrubber)]
    return "".join(parts) + "\n"


def _members(group: BaseExceptionGroup[BaseException], scrubber: Scrubber) -> Iterator[str]:
    for member in group.exceptions[:LONGEST_CHAIN]:
        yield from _one(member, scrubber).rstrip("\n").split("\n")


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a broken __str__ must not lose the line
        return "an error that cannot be told"
