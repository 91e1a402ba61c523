"""Users of other issuers in Postgres: their news, who has left, comparisons with lists."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from ab_shared.database import inbox
from ab_shared.database.message_tables import INBOX
from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import ColumnElement, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.identity_tables import ComparisonRow, DepartureRow
from ab_auth.adapters.privacy_tables import PrivacyJobRow as Job
from ab_auth.adapters.tables import IdentityRow
from ab_auth.domain.identities import Comparison, ComparisonState, Departure, Outsider

# The digest of a person picks the lock; whoever shares one by chance only waits a little.
HOLD_OUTSIDER = text("SELECT pg_advisory_xact_lock(706172661, hashtext(:name))")
EVENTS = "identity-events"
COMPARISON = [col(getattr(ComparisonRow, field.name)) for field in fields(Comparison)]


class PostgresIdentities(PostgresUnitOfWork):
    """Implements ``Identities``."""

    async def hold_outsider(self, who: Outsider) -> None:
        """Takes the lock of one person until the transaction ends."""
        await self._connection.execute(HOLD_OUTSIDER, {"name": who.digest.hex()})

    async def first_event(self, event_id: str) -> bool:
        """Marks an event of an issuer as taken; False when it was."""
        return await inbox.first_time(self._connection, EVENTS, event_id)

    async def event_taken(self, event_id: str) -> bool:
        """Whether an event of an issuer has been taken."""
        mark = (INBOX.c.consumer == EVENTS, INBOX.c.message_id == event_id)
        return bool((await self._connection.execute(select(exists().where(*mark)))).scalar())

    async def note_change(self, who: Outsider, changed_at: datetime) -> bool:
        """Notes when somebody was changed; False when a later change is noted, or nobody known."""
        before = col(IdentityRow.changed_at)
        statement = (
            update(IdentityRow)
            .where(*_is(who), or_(before.is_(None), before < changed_at))
            .values(changed_at=changed_at)
        )
        return (await self._connection.execute(statement)).rowcount == 1

    async def outsider(self, user_id: str) -> Outsider | None:
        """The subject that is this user."""
        columns = (col(IdentityRow.issuer), col(IdentityRow.subject), col(IdentityRow.user_id))
        query = select(*columns).where(col(IdentityRow.user_id) == user_id).limit(1)
        row = (await self._connection.execute(query)).one_or_none()
        return Outsider(row.issuer, row.subject, row.user_id) if row else None

    async def being_erased(self, user_id: str) -> bool:
        """By the index of live jobs."""
        live = (
            col(Job.user_id) == user_id,
            col(Job.kind) == "erasure",
            col(Job.finished_at).is_(None),
        )
        return bool((await self._connection.execute(select(exists().where(*live)))).scalar())

    async def departure(self, who: Outsider) -> Departure | None:
        """Whether they have left."""
        columns = (col(DepartureRow.departed_at), col(DepartureRow.gone))
        query = select(*columns).where(col(DepartureRow.digest) == who.digest)
        row = (await self._connection.execute(query)).one_or_none()
        return Departure(row.departed_at, row.gone) if row else None

    async def keep_departure(self, who: Outsider, departure: Departure) -> None:
        """Remembers that somebody left; the later instant and the graver reason stay."""
        added = insert(DepartureRow).values({"digest": who.digest, **asdict(departure)})
        later = func.greatest(col(DepartureRow.departed_at), added.excluded.departed_at)
        graver = or_(col(DepartureRow.gone), added.excluded.gone)
        await self._connection.execute(
            added.on_conflict_do_update(
                index_elements=["digest"], set_={"departed_at": later, "gone": graver}
            )
        )

    async def forget_departure(self, who: Outsider) -> None:
        """Somebody is back."""
        await self._connection.execute(
            delete(DepartureRow).where(col(DepartureRow.digest) == who.digest)
        )

    async def mark_listed(
        self, issuer: str, subjects: Collection[str], at: datetime
    ) -> frozenset[str]:
        """Notes that these were on the issuer's list; those of them who are known here."""
        statement = (
            update(IdentityRow)
            .where(col(IdentityRow.issuer) == issuer, col(IdentityRow.subject).in_(subjects))
            .values(listed_at=at)
            .returning(col(IdentityRow.subject))
        )
        return frozenset((await self._connection.execute(statement)).scalars())

    async def missing(self, issuer: str, since: datetime, limit: int) -> Sequence[Outsider]:
        """Users made before ``since`` whom the issuer has not listed from then on, some of them."""
        columns = (col(IdentityRow.subject), col(IdentityRow.user_id))
        query = select(*columns).where(*_unlisted(issuer, since))
        ordered = query.order_by(col(IdentityRow.subject)).limit(limit)
        rows = await self._connection.execute(ordered)
        return [Outsider(issuer, row.subject, row.user_id) for row in rows]

    async def count_missing(self, issuer: str, since: datetime) -> tuple[int, int]:
        """How many are missing, of how many."""
        known = (col(IdentityRow.issuer) == issuer, col(IdentityRow.made_at) < since)
        query = select(
            func.count().filter(*_unlisted(issuer, since)),
            func.count().filter(*known),
        ).select_from(IdentityRow)
        row = (await self._connection.execute(query)).one()
        return int(row[0]), int(row[1])

    async def hold_comparison(self, issuer: str) -> Comparison:
        """The latest comparison, held until the transaction ends; an empty one where none was."""
        fresh = insert(ComparisonRow).values(asdict(Comparison(issuer)))
        await self._connection.execute(fresh.on_conflict_do_nothing())
        found = await self._connection.execute(
            select(*COMPARISON).where(col(ComparisonRow.issuer) == issuer).with_for_update()
        )
        values = dict(found.mappings().one())
        return Comparison(**{**values, "state": ComparisonState(values["state"])})

    async def keep_comparison(self, comparison: Comparison) -> None:
        """Writes how far it has come."""
        await self._connection.execute(
            update(ComparisonRow)
            .where(col(ComparisonRow.issuer) == comparison.issuer)
            .values(asdict(comparison))
        )


def _is(who: Outsider) -> tuple[ColumnElement[bool], ...]:
    return col(IdentityRow.issuer) == who.issuer, col(IdentityRow.subject) == who.subject


def _unlisted(issuer: str, since: datetime) -> tuple[ColumnElement[bool], ...]:
    listed = col(IdentityRow.listed_at)
    return (
        col(IdentityRow.issuer) == issuer,
        col(IdentityRow.made_at) < since,
        or_(listed.is_(None), listed < since),
    )
