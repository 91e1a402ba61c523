"""Everything held of one user, read for an archive of theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ab_shared.contracts.exporting import Held
from ab_shared.database.transaction import Transactions
from pydantic_core import to_jsonable_python
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

# Keys are compared byte by byte, whatever the collation; a number as a key needs leading zeros.
ACCOUNT = text("""
    SELECT user_id AS key, timezone, timezone_since AS "timezoneSince" FROM accounts
    WHERE user_id = :user_id AND user_id COLLATE "C" > :after LIMIT :limit
""")
GIVEN_PLANS = text("""
    SELECT user_id AS key, source, expires_at AS "expiresAt", grace_until AS "graceUntil"
    FROM subscriptions
    WHERE user_id = :user_id AND user_id COLLATE "C" > :after LIMIT :limit
""")
RESERVATIONS = text("""
    SELECT id::text AS key, id, day, state, reserved_at AS "reservedAt",
        settled_at AS "settledAt", expires_at AS "expiresAt", characters
    FROM reservations WHERE user_id = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
LEDGER = text("""
    SELECT lpad(id::text, 20, '0') AS key, day, kind, amount, reservation_id AS "reservationId",
        reason, at
    FROM ledger_entries WHERE user_id = :user_id AND lpad(id::text, 20, '0') COLLATE "C" > :after
    ORDER BY lpad(id::text, 20, '0') COLLATE "C" LIMIT :limit
""")
JOB_COSTS = text("""
    SELECT job_id::text AS key, job_id AS "jobId", session_id AS "sessionId", day, outcome,
        characters, reads_made AS "readsMade", reads_reused AS "readsReused",
        rendered_ms AS "renderedMs", micros AS "costMicros", at
    FROM job_costs WHERE user_id = :user_id AND job_id::text COLLATE "C" > :after
    ORDER BY job_id::text COLLATE "C" LIMIT :limit
""")
CUSTOMERS = text("""
    SELECT id AS key, id, linked_at AS "linkedAt", asked_at AS "readAt", grants
    FROM purchase_customers WHERE user_id = :user_id AND id COLLATE "C" > :after
    ORDER BY id COLLATE "C" LIMIT :limit
""")
# Events have no column for whom they are about: they name ids, in JSON. First by the index of what
# they name; reading on from the last key may look cheaper to the planner, and reads them all.
EVENTS = text("""
    WITH named AS MATERIALIZED (
        SELECT * FROM purchase_events WHERE json_strings_in(event) && json_strings_in(:names)
    )
    SELECT id AS key, id, type, occurred_at AS "occurredAt", received_at AS "receivedAt", event
    FROM named WHERE id COLLATE "C" > :after ORDER BY id COLLATE "C" LIMIT :limit
""")
OWN_IDS = text("SELECT id FROM purchase_customers WHERE user_id = :user_id")
QUERIES: dict[str, TextClause] = {
    "account": ACCOUNT,
    "given-plans": GIVEN_PLANS,
    "reservations": RESERVATIONS,
    "ledger": LEDGER,
    "job-costs": JOB_COSTS,
    "store-customers": CUSTOMERS,
}
NAMING = ("app_user_id", "original_app_user_id", "aliases", "transferred_from", "transferred_to")
SOMEBODY = "somebody else"


class PostgresPersonalRecords:
    """Implements ``PersonalRecords``."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """One statement; two for purchase events."""
        wanted = {"user_id": user_id, "after": after, "limit": limit}
        async with self._transactions.begin() as transaction:
            if kind not in QUERIES:
                return await _events(transaction.connection, wanted)
            rows = (await transaction.connection.execute(QUERIES[kind], wanted)).mappings()
            return [_held(dict(row)) for row in rows]


async def _events(connection: AsyncConnection, wanted: Mapping[str, Any]) -> Sequence[Held]:
    user_id = wanted["user_id"]
    found = await connection.execute(OWN_IDS, {"user_id": user_id})
    own = {user_id, *found.scalars()}
    given = {
        "names": json.dumps(sorted(own)),
        "after": wanted["after"],
        "limit": wanted["limit"],
    }
    rows = (await connection.execute(EVENTS, given)).mappings()
    return [_held({**row, "event": _own_part(json.loads(row["event"]), own)}) for row in rows]


def _own_part(event: Mapping[str, Any], own: set[str]) -> dict[str, Any]:
    """The event without other people: a transfer names who had it before."""

    def masked(value: Any) -> Any:
        if isinstance(value, list):
            return [masked(one) for one in value]
        return value if value in own or value is None else SOMEBODY

    return {name: masked(value) if name in NAMING else value for name, value in event.items()}


def _held(row: dict[str, Any]) -> Held:
    key = str(row.pop("key"))
    if isinstance(row.get("grants"), str):
        row["grants"] = json.loads(row["grants"])
    return Held(key=key, data=to_jsonable_python(row))
