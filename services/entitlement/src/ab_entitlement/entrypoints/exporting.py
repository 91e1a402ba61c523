"""What is heard about archives of everything held of a user."""

from __future__ import annotations

from ab_shared.contracts.exporting import ExportEntitlement
from ab_shared.messaging.ports import Subscriptions

from ab_entitlement.usecases.export_user import ExportUser


def hear_exports(heard: Subscriptions, export: ExportUser) -> Subscriptions:
    """Adds it to what the service hears."""
    heard.answer(ExportEntitlement, export)
    return heard
