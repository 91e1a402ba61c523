"""Which country a time zone lies in, by the tables of the IANA zone database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

# Zones that the tables name by a newer name only, or by none: "L <zone> <other name>".
_LINK = "L"


@cache
def _countries() -> dict[str, str]:
    folder = files("tzdata.zoneinfo")
    found = dict(_rows(folder.joinpath("zone.tab").read_text("utf-8")))
    links = (line.split() for line in folder.joinpath("tzdata.zi").read_text("utf-8").splitlines())
    for kind, *names in links:
        if kind == _LINK and names[0] in found:
            found.setdefault(names[1], found[names[0]])
    return found


def _rows(table: str) -> Iterator[tuple[str, str]]:
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            yield zone, country


def country_of(zone: str) -> str | None:
    """ISO 3166-1 alpha-2 of a zone such as Europe/Berlin; None for UTC and for what is no zone."""
    return _countries().get(zone)
