"""Sounds that have to go, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ab_shared.contracts.reconciling import Kind
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.storage.keys import prepared_key
from ab_shared.storage.reconciling import Named
from sqlalchemy import or_, select

from ab_stitching.adapters.census import NAMES, Census


class PostgresErasingUnit(PostgresUnitOfWork):
    """Implements ``ErasingUnit`` on one open transaction."""

    async def hold(self, kind: Kind, names: Sequence[str], erased_at: datetime) -> Sequence[Named]:
        """In one order everywhere, so that two erasures never wait for each other in a circle."""
        name = NAMES[kind]
        rows = name.table.c
        wanted = [name] if kind == "prepared" else [name, rows.announcement]
        unwanted = or_(rows.asked_at.is_(None), rows.asked_at <= erased_at)
        query = select(*wanted).where(name.in_(names), unwanted).order_by(name).with_for_update()
        found = (await self._connection.execute(query)).all()
        if kind == "prepared":
            return [Named(row[0], prepared_key(row[0])) for row in found]
        return [Named(row[0], row[1]["asset"]["key"]) for row in found]

    async def forget(self, kind: Kind, names: Sequence[str]) -> None:
        """Deletes rows."""
        await Census(self._connection).forget(kind, names)


class PostgresErasing(PostgresUnits[PostgresErasingUnit]):
    """Implements ``Erasing``."""

    unit = PostgresErasingUnit
