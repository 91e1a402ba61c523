"""The book of reads in Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ab_shared.contracts.base import Message
from ab_shared.contracts.events import ReadReady
from ab_shared.database.transaction import Transaction, Transactions
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_tts.adapters.tables import ReadRow

CLAIM = text("""
    INSERT INTO reads (speech_address, claimed_until)
    VALUES (:speech_address, now() + make_interval(secs => :seconds))
    ON CONFLICT (speech_address) DO UPDATE SET claimed_until = excluded.claimed_until
    WHERE reads.speech_key IS NULL AND reads.claimed_until < now()
    RETURNING speech_address
""")
ANNOUNCED = (
    "speech_address",
    "speech_key",
    "content_type",
    "duration_ms",
    "characters",
    "synthesis_ms",
)


class PostgresReadBookUnit:
    """Implements ``ReadBookUnit`` on one open transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection

    async def send(self, message: Message, *, message_id: str | None = None) -> None:
        """Lets a message leave with the commit."""
        await self._transaction.send(message, message_id=message_id)

    async def first_time(self, consumer: str) -> bool:
        """Whether the current message is new to ``consumer``."""
        return await self._transaction.first_time(consumer)

    async def read(self, speech_address: str) -> ReadReady | None:
        """The finished read under this address."""
        columns = [col(getattr(ReadRow, name)) for name in ANNOUNCED]
        query = select(*columns).where(
            col(ReadRow.speech_address) == speech_address, col(ReadRow.speech_key).is_not(None)
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return ReadReady.model_validate({**row, "synthesized": True}) if row else None

    async def claim(self, speech_address: str, seconds: float) -> bool:
        """One statement: a new claim, or a lapsed one taken over."""
        wanted = {"speech_address": speech_address, "seconds": seconds}
        return (await self._connection.execute(CLAIM, wanted)).first() is not None

    async def give_up(self, speech_address: str) -> None:
        """Deletes the claim; a finished read stays."""
        await self._connection.execute(
            delete(ReadRow).where(
                col(ReadRow.speech_address) == speech_address, col(ReadRow.speech_key).is_(None)
            )
        )

    async def keep(self, read: ReadReady, provider: str) -> None:
        """Fills in the claim, or inserts when it has gone."""
        values = read.model_dump(exclude={"synthesized"})
        found = values | {"provider": provider, "claimed_until": None}
        statement = insert(ReadRow).values(found)
        changed = {name: statement.excluded[name] for name in found if name != "speech_address"}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["speech_address"], set_=changed)
        )


class PostgresReadBook:
    """Implements ``ReadBook``."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresReadBookUnit]:
        """Opens a transaction of this service's database."""
        async with self._transactions.begin() as transaction:
            yield PostgresReadBookUnit(transaction)
