"""The library in Postgres."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.runtime.context import current
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_stitching.adapters.asked import asked_now
from ab_stitching.adapters.census import Census
from ab_stitching.adapters.tables import PreparedReadRow, StemRow, TrackRow


class PostgresLibraryUnit(PostgresUnitOfWork):
    """Implements ``LibraryUnit`` on one open transaction."""

    async def prepared(self, prepared_address: str) -> ReadPrepared | None:
        """The read under this address, noting that it was asked for.

        An update, so that it waits for whoever is erasing the read, and finds it gone then.
        """
        noted = (
            update(PreparedReadRow)
            .where(col(PreparedReadRow.prepared_address) == prepared_address)
            .values(asked_at=asked_now(col(PreparedReadRow.asked_at)))
            .returning(
                col(PreparedReadRow.speech_address),
                col(PreparedReadRow.prepared_address),
                col(PreparedReadRow.duration_ms),
                col(PreparedReadRow.preparation_ms),
                col(PreparedReadRow.trimmed_ms),
            )
        )
        row = (await self._connection.execute(noted)).mappings().one_or_none()
        return ReadPrepared.model_validate({**row, "prepared": True}) if row else None

    async def keep_prepared(self, read: ReadPrepared) -> None:
        """Inserts; where it is there, notes that it was asked for."""
        values = {**read.model_dump(exclude={"prepared"}), "asked_at": current().sent_at}
        noted = {"asked_at": asked_now(col(PreparedReadRow.asked_at))}
        await self._connection.execute(
            insert(PreparedReadRow)
            .values(values)
            .on_conflict_do_update(index_elements=["prepared_address"], set_=noted)
        )

    async def forget_prepared(self, prepared_addresses: Sequence[str]) -> None:
        """Deletes the rows of these addresses."""
        if prepared_addresses:
            gone = col(PreparedReadRow.prepared_address).in_(prepared_addresses)
            await self._connection.execute(delete(PreparedReadRow).where(gone))

    async def track(self, track_address: str) -> TrackRendered | None:
        """The track under this address, noting that it was asked for."""
        wanted = update(TrackRow).where(col(TrackRow.track_address) == track_address)
        asked = asked_now(col(TrackRow.asked_at))
        noted = wanted.values(asked_at=asked).returning(col(TrackRow.announcement))
        found = (await self._connection.execute(noted)).scalar_one_or_none()
        return TrackRendered.model_validate(found) if found else None

    async def keep_track(self, track: TrackRendered) -> None:
        """Inserts; where it is there, notes that it was asked for."""
        values = {
            "track_address": track.track_address,
            "announcement": track.model_dump(mode="json"),
            "asked_at": current().sent_at,
        }
        noted = {"asked_at": asked_now(col(TrackRow.asked_at))}
        await self._connection.execute(
            insert(TrackRow)
            .values(values)
            .on_conflict_do_update(index_elements=["track_address"], set_=noted)
        )

    async def stem(self, stem_id: str) -> StemPublished | None:
        """The stem as last published."""
        query = select(col(StemRow.announcement)).where(col(StemRow.stem_id) == stem_id)
        found = (await self._connection.execute(query)).scalar_one_or_none()
        return StemPublished.model_validate(found) if found else None

    @property
    def census(self) -> Census:
        """Of the same transaction."""
        return Census(self._connection)

    async def keep_stem(self, stem: StemPublished) -> None:
        """Inserts or replaces."""
        announcement = stem.model_dump(mode="json")
        values = {"stem_id": stem.stem_id, "announcement": announcement}
        statement = insert(StemRow).values(values)
        changed = {"announcement": announcement, "made_at": func.now()}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["stem_id"], set_=changed)
        )


class PostgresLibrary(PostgresUnits[PostgresLibraryUnit]):
    """Implements ``Library``."""

    unit = PostgresLibraryUnit
