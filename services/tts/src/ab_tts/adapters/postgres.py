"""The book of reads in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from ab_shared.contracts.events import ReadReady
from ab_shared.database.unit import PostgresUnitOfWork, PostgresUnits
from ab_shared.runtime.context import current
from ab_shared.storage.reconciling import Named
from sqlalchemy import DateTime, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_tts.adapters.tables import PaidSpeechRow, ReadRow, VendorCallRow
from ab_tts.domain.metering import VendorCall

# The database's clock decides when a claim lapses: instances may disagree about the time.
CLAIM = text("""
    INSERT INTO reads (speech_address, claimed_until)
    VALUES (:speech_address, now() + make_interval(secs => :seconds))
    ON CONFLICT (speech_address) DO UPDATE SET claimed_until = excluded.claimed_until
    WHERE reads.speech_key IS NULL AND reads.claimed_until < now()
    RETURNING speech_address
""")
RENEW = text("""
    UPDATE reads SET claimed_until = now() + make_interval(secs => :seconds)
    WHERE speech_address = :speech_address AND speech_key IS NULL
""")
INSTANT = DateTime(timezone=True)
FORGET_OLD = text("DELETE FROM paid_speech WHERE kept_at < now() - interval '1 day'")
# A thousand lines or so: with the store away for that long, no more speech is bought.
MOST_SPOOLED_BYTES = 200_000_000
ANNOUNCED = (
    "speech_address",
    "speech_key",
    "content_type",
    "duration_ms",
    "characters",
    "synthesis_ms",
    "words",
)


class PostgresReadBookUnit(PostgresUnitOfWork):
    """Implements ``ReadBookUnit`` on one open transaction."""

    async def read(self, speech_address: str) -> ReadReady | None:
        """The finished read under this address, noting that it was asked for.

        An update, so that it waits for whoever is erasing the read, and finds it gone then.
        """
        columns = [col(getattr(ReadRow, name)) for name in ANNOUNCED]
        sent = literal(current().sent_at, INSTANT)
        asked = func.greatest(col(ReadRow.asked_at), sent)
        wanted = update(ReadRow).where(
            col(ReadRow.speech_address) == speech_address, col(ReadRow.speech_key).is_not(None)
        )
        noted = wanted.values(asked_at=asked).returning(*columns)
        row = (await self._connection.execute(noted)).mappings().one_or_none()
        return ReadReady.model_validate({**row, "synthesized": True}) if row else None

    async def claim(self, speech_address: str, seconds: float) -> bool:
        """One statement: a new claim, or a lapsed one taken over."""
        wanted = {"speech_address": speech_address, "seconds": seconds}
        return (await self._connection.execute(CLAIM, wanted)).first() is not None

    async def renew(self, speech_address: str, seconds: float) -> None:
        """A claim only; a finished read has none."""
        wanted = {"speech_address": speech_address, "seconds": seconds}
        await self._connection.execute(RENEW, wanted)

    async def give_up(self, speech_address: str) -> None:
        """Deletes the claim; a finished read stays."""
        await self._connection.execute(
            delete(ReadRow).where(
                col(ReadRow.speech_address) == speech_address, col(ReadRow.speech_key).is_(None)
            )
        )

    async def keep(self, read: ReadReady, provider: str) -> bool:
        """Fills in the claim, or inserts when it has gone; of a finished read, notes the wish."""
        # What it cost is in the ledger, and told once.
        values = read.model_dump(exclude={"synthesized", "cost_micros"})
        made = {"provider": provider, "claimed_until": None, "asked_at": current().sent_at}
        found = values | made
        statement = insert(ReadRow).values(found)
        changed = {name: statement.excluded[name] for name in found if name != "speech_address"}
        first = statement.on_conflict_do_update(
            index_elements=["speech_address"],
            set_=changed,
            where=col(ReadRow.speech_key).is_(None),
        )
        result = await self._connection.execute(first.returning(col(ReadRow.speech_address)))
        paid = delete(PaidSpeechRow).where(col(PaidSpeechRow.speech_address) == read.speech_address)
        await self._connection.execute(paid)
        first_one = result.first() is not None
        if not first_one:
            await self.read(read.speech_address)
        return first_one

    async def spool(self, read: ReadReady, audio: bytes) -> bool:
        """What nobody asked for again in a day goes first."""
        await self._connection.execute(FORGET_OLD)
        if not await self.room_to_spool():
            return False
        values = {
            "speech_address": read.speech_address,
            "announcement": read.model_dump(mode="json"),
            "audio": audio,
            "bytes": len(audio),
            # As with reads: when it was asked for, by the clock of whoever asked.
            "kept_at": func.coalesce(literal(current().sent_at, INSTANT), func.now()),
        }
        statement = insert(PaidSpeechRow).values(values)
        await self._connection.execute(statement.on_conflict_do_nothing())
        return True

    async def spooled(self, speech_address: str) -> tuple[ReadReady, bytes] | None:
        """By the address."""
        columns = (col(PaidSpeechRow.announcement), col(PaidSpeechRow.audio))
        query = select(*columns).where(col(PaidSpeechRow.speech_address) == speech_address)
        row = (await self._connection.execute(query)).one_or_none()
        return (ReadReady.model_validate(row.announcement), row.audio) if row else None

    async def room_to_spool(self) -> bool:
        """By the sum of what is kept: a few rows in good times, a few thousand at most."""
        kept = await self._connection.scalar(select(func.sum(col(PaidSpeechRow.bytes))))
        return (kept or 0) < MOST_SPOOLED_BYTES

    async def charge(self, speech_address: str, calls: Sequence[VendorCall]) -> None:
        """A row a call."""
        rows = [{"speech_address": speech_address, **asdict(call)} for call in calls]
        if rows:
            await self._connection.execute(insert(VendorCallRow), rows)

    async def stored(self, names: Sequence[str], after: str, limit: int) -> Sequence[Named]:
        """By the primary key."""
        address = col(ReadRow.speech_address)
        chosen = address.in_(names) if names else address > after
        query = select(address, col(ReadRow.speech_key)).where(
            chosen, col(ReadRow.speech_key).is_not(None)
        )
        rows = await self._connection.execute(query.order_by(address).limit(limit))
        return [Named(row.speech_address, row.speech_key) for row in rows]

    async def forget(self, speech_addresses: Sequence[str]) -> None:
        """Deletes finished reads."""
        await self._connection.execute(
            delete(ReadRow).where(
                col(ReadRow.speech_address).in_(speech_addresses),
                col(ReadRow.speech_key).is_not(None),
            )
        )


class PostgresReadBook(PostgresUnits[PostgresReadBookUnit]):
    """Implements ``ReadBook``."""

    unit = PostgresReadBookUnit
