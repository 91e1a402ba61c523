"""Free loopback ports: the same ones at every start as long as nobody else took them."""

import json
import socket
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from ab_local.layout import read_json, write_private

# Below the range Linux hands out to outgoing connections (from 32768), a span per instance.
FIRST, SPAN, SPANS = 20000, 60, 200


class NoFreePortError(RuntimeError):
    """Every port that could have been used is taken."""


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def candidates(state: Path) -> Iterator[int]:
    """Return the ports to try for an instance, beginning with a span of its own."""
    start = zlib.crc32(str(state.resolve()).encode()) % SPANS * SPAN
    for offset in range(SPAN * SPANS):
        yield FIRST + (start + offset) % (SPAN * SPANS)


def allocate(
    state: Path, names: Iterable[str], remembered: Path, preferred: Mapping[str, int]
) -> dict[str, int]:
    """Choose a free port for each name: the preferred, else the last one, else another.

    Raises:
        NoFreePortError: when the whole range is taken.
    """
    last = {name: int(port) for name, port in read_json(remembered).items()}
    others = candidates(state)
    chosen: dict[str, int] = {}
    for name in names:
        wishes = [wish[name] for wish in (preferred, last) if name in wish]
        for port in chain(wishes, _without(others, last.values())):
            if port not in chosen.values() and is_free(port):
                chosen[name] = port
                break
        else:
            raise NoFreePortError(f"no free port for {name}")
    write_private(remembered, json.dumps(last | chosen, indent=1))
    return chosen


def _without(ports: Iterator[int], taken: Iterable[int]) -> Iterator[int]:
    reserved = set(taken)
    return (port for port in ports if port not in reserved)
