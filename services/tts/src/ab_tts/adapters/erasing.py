"""Reads that have to go, in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.storage.reconciling import Named
from sqlalchemy import Update, delete, or_, select, update
from sqlmodel import col

from ab_tts.adapters.tables import PaidSpeechRow, ReadRow, VendorCallRow

ADDRESS, KEY = col(ReadRow.speech_address), col(ReadRow.speech_key)


class PostgresErasingUnit(PostgresUnitOfWork):
    """Implements ``ErasingUnit`` on one open transaction."""

    async def hold(self, addresses: Sequence[str], erased_at: datetime) -> Sequence[Named]:
        """In one order everywhere, so that two erasures never wait for each other in a circle."""
        asked_at = col(ReadRow.asked_at)
        unwanted = or_(asked_at.is_(None), asked_at <= erased_at)
        query = select(ADDRESS, KEY).where(ADDRESS.in_(addresses), KEY.is_not(None), unwanted)
        rows = await self._connection.execute(query.order_by(ADDRESS).with_for_update())
        return [Named(row.speech_address, row.speech_key) for row in rows]

    async def forget(self, addresses: Sequence[str]) -> None:
        """Deletes rows; what a read cost stays, without a way to tell whose it was."""
        await self._connection.execute(delete(ReadRow).where(ADDRESS.in_(addresses)))
        await self._connection.execute(_anonymous(addresses))

    async def forget_paid(self, addresses: Sequence[str], erased_at: datetime) -> None:
        """Somebody who asked since would have it spoken, and paid for, once more."""
        old = col(PaidSpeechRow.kept_at) <= erased_at
        those = col(PaidSpeechRow.speech_address).in_(addresses)
        await self._connection.execute(delete(PaidSpeechRow).where(those, old))
        before = col(VendorCallRow.made_at) <= erased_at
        await self._connection.execute(_anonymous(addresses).where(before))


def _anonymous(addresses: Sequence[str]) -> Update:
    calls = update(VendorCallRow).where(col(VendorCallRow.speech_address).in_(addresses))
    return calls.values(speech_address=None)


class PostgresErasing(PostgresUnits[PostgresErasingUnit]):
    """Implements ``Erasing``."""

    unit = PostgresErasingUnit
