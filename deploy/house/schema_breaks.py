"""What of a JSON schema (2020-12) breaks whoever was built against an older one."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

Schema = dict[str, Any]
Pair = tuple[Schema, Schema]
Seen = frozenset[tuple[Any, Any]]
LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
SHAPES = ("pattern", "format")


class Direction(Enum):
    """Whether the client sends it, so that it must still be taken, or reads it."""

    SENT = "sent"
    READ = "read"


class Schemas:
    """Compares schemas of two documents, each with its own components."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def in_old(self, told: Schema) -> Schema:
        """What a reference in the old document means."""
        return _resolved(told, self._old)

    def in_new(self, told: Schema) -> Schema:
        """What a reference in the new document means."""
        return _resolved(told, self._new)

    def breaks(
        self, where: str, pair: Pair, direction: Direction, seen: Seen = frozenset()
    ) -> Iterator[str]:
        """Each break below a place."""
        names = (pair[0].get("$ref"), pair[1].get("$ref"))
        if names in seen:
            return
        within = seen | {names} if names[0] else seen
        old, new = (list(_choices(told, document)) for told, document in self._both(pair))
        yield from _types(where, old, new, direction)
        yield from _values(where, old, new, direction)
        for kind in ("object", "array", "string", "number", "integer"):
            before, after = _of(kind, old), _of(kind, new)
            if before is None or after is None:
                continue
            yield from _bounds(where, before, after, direction)
            yield from self._fields(where, (before, after), direction, within)
            if "items" in before:
                items = (before["items"], after.get("items", {}))
                yield from self.breaks(f"{where}[]", items, direction, within)
            values = (before.get("additionalProperties"), after.get("additionalProperties"))
            if isinstance(values[0], dict) and isinstance(values[1], dict):
                yield from self.breaks(f"{where}.*", (values[0], values[1]), direction, within)

    def _both(self, pair: Pair) -> list[tuple[Schema, Schema]]:
        return [(pair[0], self._old), (pair[1], self._new)]

    def _fields(self, where: str, pair: Pair, direction: Direction, seen: Seen) -> Iterator[str]:
        old, new = (told.get("properties", {}) for told in pair)
        needed, needed_now = (set(told.get("required", ())) for told in pair)
        for name, told in old.items():
            place = f"{where}.{name}"
            if name not in new:
                yield f"{place} is gone"
                continue
            if direction is Direction.READ and name in needed - needed_now:
                yield f"{place} may be left out now"
            yield from self.breaks(place, (told, new[name]), direction, seen)
        if direction is Direction.SENT:
            yield from (
                f"{where}.{name} is {'required now' if name in old else 'new and required'}"
                for name in sorted(needed_now - needed)
            )


def _resolved(told: Schema, document: Schema) -> Schema:
    if "$ref" not in told:
        return told
    found: Any = document
    for part in str(told["$ref"]).removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(found, document)


def _choices(told: Schema, document: Schema) -> Iterator[Schema]:
    """The alternatives of a schema, each with one type or with none, which is any."""
    told = _resolved(told, document)
    if alternatives := told.get("anyOf") or told.get("oneOf"):
        for one in alternatives:
            yield from _choices(one, document)
        return
    kinds = told.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        yield {**told, "type": kind}


def _of(kind: str, choices: list[Schema]) -> Schema | None:
    return next((one for one in choices if one["type"] == kind), None)


def _types(where: str, old: list[Schema], new: list[Schema], direction: Direction) -> Iterator[str]:
    before, after = ({one["type"] for one in choices} for choices in (old, new))
    wide, narrow = (after, before) if direction is Direction.SENT else (before, after)
    if None in wide:
        return
    # Whole numbers are numbers.
    lost = {kind for kind in narrow - wide if not (kind == "integer" and "number" in wide)}
    for kind in sorted(map(str, lost)):
        told = "is no longer taken" if direction is Direction.SENT else "can come now"
        yield f"{where}: {kind} {told}"


def _values(
    where: str, old: list[Schema], new: list[Schema], direction: Direction
) -> Iterator[str]:
    before, after = (_enumerated(choices) for choices in (old, new))
    if direction is Direction.SENT and after is not None:
        if before is None:
            yield f"{where}: only some values are taken now"
            return
        yield from (f"{where}: {value} is no longer taken" for value in sorted(before - after))
    if direction is Direction.READ and before is not None:
        if after is None:
            yield f"{where}: any value can come now"
            return
        yield from (f"{where}: {value} can come now" for value in sorted(after - before))


def _enumerated(choices: list[Schema]) -> set[str] | None:
    """All values there can be, None where they are not counted; null is a type of its own."""
    values: set[str] = set()
    for one in choices:
        if one["type"] == "null":
            continue
        if "const" in one:
            values.add(repr(one["const"]))
        elif "enum" in one:
            values |= {repr(value) for value in one["enum"]}
        else:
            return None
    return values


def _bounds(where: str, old: Schema, new: Schema, direction: Direction) -> Iterator[str]:
    if direction is Direction.READ:
        if old.get("format") != new.get("format"):
            yield f"{where}: format is another one"
        return
    for word in LOWEST:
        if word in new and (word not in old or new[word] > old[word]):
            yield f"{where}: {word} is tighter"
    for word in HIGHEST:
        if word in new and (word not in old or new[word] < old[word]):
            yield f"{where}: {word} is tighter"
    for word in SHAPES:
        if word in new and new[word] != old.get(word):
            yield f"{where}: {word} is another one"
    # Where nothing more was forbidden, clients may send what nobody reads.
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{where}: unknown fields are refused now"
