"""Fails when the public API breaks clients of the last release; ``--release`` makes it the last.

Compares the OpenAPI document with the one of the last release, by what a client that was built
against that relies on: what it sends is still taken, what it reads is still there and means the
same. A new major version may break clients, and a break that breaks nobody may be accepted with
its reason in ``accepted.json``, until the next release.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schema_breaks import Direction, Schemas

ROOT = Path(__file__).resolve().parents[2]
NEW = ROOT / "services/gateway/openapi.json"
OLD = ROOT / "services/gateway/released/openapi.json"
ACCEPTED = "accepted.json"
Document = dict[str, Any]


def breaks(old: Document, new: Document) -> Iterator[str]:
    """Says of each break where it is and what it is."""
    schemas = Schemas(old, new)
    for path, methods in old["paths"].items():
        for method, told in methods.items():
            where = f"{method.upper()} {path}"
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{where}: the route is gone"
                continue
            yield from _parameters(where, (told, now), schemas)
            yield from _body(where, (told, now), schemas)
            yield from _answers(where, (told, now), schemas)
            yield from _security(where, told, now)


def _parameters(where: str, pair: tuple[Document, Document], schemas: Schemas) -> Iterator[str]:
    told, now = (
        {
            (found["in"], found["name"].lower()): found
            for found in map(resolve, operation.get("parameters", ()))
        }
        for operation, resolve in zip(pair, (schemas.in_old, schemas.in_new), strict=True)
    )
    for key, parameter in told.items():
        name = f"{where}: parameter {key[1]}"
        if key not in now:
            yield f"{name} is no longer read"
            continue
        if now[key].get("required") and not parameter.get("required"):
            yield f"{name} has become required"
        schema = (parameter.get("schema", {}), now[key].get("schema", {}))
        yield from schemas.breaks(name, schema, Direction.SENT)
    for key, parameter in now.items():
        if key not in told and parameter.get("required"):
            yield f"{where}: parameter {key[1]} is new and required"


def _body(where: str, pair: tuple[Document, Document], schemas: Schemas) -> Iterator[str]:
    told, now = (operation.get("requestBody", {}) for operation in pair)
    if now.get("required") and not told.get("required"):
        yield f"{where}: a body has become required"
    for media, content in told.get("content", {}).items():
        if media not in now.get("content", {}):
            yield f"{where}: a body of {media} is no longer taken"
            continue
        schema = (content.get("schema", {}), now["content"][media].get("schema", {}))
        yield from schemas.breaks(f"{where}: body", schema, Direction.SENT)


def _answers(where: str, pair: tuple[Document, Document], schemas: Schemas) -> Iterator[str]:
    told, now = (operation["responses"] for operation in pair)
    for status, answer in told.items():
        # Clients know failures by their code, which every error body has.
        if not status.startswith("2"):
            continue
        if status not in now:
            yield f"{where}: no longer answers {status}"
            continue
        for media, content in answer.get("content", {}).items():
            place = f"{where}: {status}"
            if media not in now[status].get("content", {}):
                yield f"{place} is no longer {media}"
                continue
            schema = (content.get("schema", {}), now[status]["content"][media].get("schema", {}))
            yield from schemas.breaks(place, schema, Direction.READ)
    for status in now:
        if status.startswith("2") and status not in told:
            yield f"{where}: may answer {status} now"


def _security(where: str, told: Document, now: Document) -> Iterator[str]:
    was, now_wanted = told.get("security", [{}]), now.get("security", [{}])
    if {} in was and {} not in now_wanted:
        yield f"{where}: needs a token now"
    if now_wanted == [{}]:
        return
    yield from (
        f"{where}: no longer takes {' and '.join(one)}"
        for one in was
        if one and one not in now_wanted
    )


def main() -> int:
    """Returns 1 when something breaks clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--old", type=Path, default=OLD, help="what clients were built against")
    parser.add_argument("--new", type=Path, default=NEW, help="what they will meet")
    parser.add_argument("--release", action="store_true", help="make the new one the last release")
    wanted = parser.parse_args()
    reasons_file = wanted.old.parent / ACCEPTED
    if wanted.release:
        shutil.copyfile(wanted.new, wanted.old)
        reasons_file.write_text("{}\n", encoding="utf-8")
        return 0
    old, new = (json.loads(file.read_text("utf-8")) for file in (wanted.old, wanted.new))
    found = list(breaks(old, new))
    reasons = json.loads(reasons_file.read_text("utf-8")) if reasons_file.exists() else {}
    faults = [one for one in found if one not in reasons]
    faults += [f"accepted, but not so: {one}" for one in reasons if one not in found]
    before, after = (document["info"]["version"] for document in (old, new))
    print(
        "\n".join(
            [*faults, f"{len(found)} breaks from {before} to {after}, {len(reasons)} accepted"]
        )
    )
    return 1 if faults and not _major(after) > _major(before) else 0


def _major(version: str) -> int:
    return int(version.split(".", maxsplit=1)[0])


if __name__ == "__main__":
    sys.exit(main())
