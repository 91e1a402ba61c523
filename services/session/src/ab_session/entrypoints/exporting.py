"""What is heard about archives of everything held of a user."""

from __future__ import annotations

from ab_shared.contracts.exporting import ExportSessions
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.export_user import ExportUser


def add_exporting(heard: Subscriptions, export: ExportUser) -> None:
    """Adds it to what the service hears."""
    heard.answer(ExportSessions, export)
