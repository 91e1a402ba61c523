"""Which sounds the library has, kind by kind, and under which keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ab_shared.contracts.reconciling import Kind
from ab_shared.storage.keys import prepared_key
from ab_shared.storage.reconciling import Named
from sqlalchemy import Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_stitching.adapters.tables import METADATA

PREPARED = METADATA.tables["prepared_reads"]
ASSETS: dict[Kind, Table] = {
    "track": METADATA.tables["tracks"],
    "stem": METADATA.tables["stems"],
    "mixdown": METADATA.tables["mixdowns"],
}
NAMES: dict[Kind, Any] = {
    "prepared": PREPARED.c.prepared_address,
    "track": ASSETS["track"].c.track_address,
    "stem": ASSETS["stem"].c.stem_id,
    "mixdown": ASSETS["mixdown"].c.mixdown_address,
}


class Census:
    """On one open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def stored(
        self, kind: Kind, names: Sequence[str], after: str, limit: int
    ) -> Sequence[Named]:
        """By the primary key."""
        name = NAMES[kind]
        chosen = name.in_(names) if names else name > after
        wanted = [name] if kind == "prepared" else [name, ASSETS[kind].c.announcement]
        query = select(*wanted).where(chosen).order_by(name).limit(limit)
        rows = (await self._connection.execute(query)).all()
        if kind == "prepared":
            return [Named(row[0], prepared_key(row[0])) for row in rows]
        return [_named(row[0], row[1]["asset"]) for row in rows]

    async def named(self, kind: Kind, keys: Sequence[str]) -> frozenset[str]:
        """One query."""
        if kind == "prepared":
            by_name = {key.rpartition("/")[2].partition(".")[0]: key for key in keys}
            query = select(NAMES[kind]).where(NAMES[kind].in_(by_name))
            names = (await self._connection.execute(query)).scalars()
            return frozenset(by_name[name] for name in names)
        key = ASSETS[kind].c.announcement["asset"]["key"].as_string()
        found = await self._connection.execute(select(key).where(key.in_(keys)))
        return frozenset(found.scalars())

    async def forget(self, kind: Kind, names: Sequence[str]) -> None:
        """Deletes rows."""
        name = NAMES[kind]
        await self._connection.execute(delete(name.table).where(name.in_(names)))


def _named(name: str, asset: dict[str, Any]) -> Named:
    return Named(name, asset["key"], asset["bytes"], asset["sha256"])
