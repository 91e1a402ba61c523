"""Grants as they stand in a row: JSON that only this code reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter

from ab_entitlement.domain.purchases import Customer, Reading
from ab_entitlement.domain.subscription import Grant

GRANTS: TypeAdapter[tuple[Grant, ...]] = TypeAdapter(tuple[Grant, ...])


def grants_json(grants: Iterable[Grant]) -> str:
    """Grants as text; ``[]`` for none."""
    return GRANTS.dump_json(tuple(grants)).decode()


def customer_of(row: Mapping[str, Any]) -> Customer:
    """A row of ``purchase_customers``."""
    columns: dict[str, Any] = dict(row)
    asked_at, answered_at = columns.pop("asked_at"), columns.pop("answered_at")
    grants = columns.pop("grants")
    reading = (
        None if grants is None else Reading(asked_at, answered_at, GRANTS.validate_json(grants))
    )
    return Customer(**columns, reading=reading)
