"""What is heard about archives of all that is held of a user."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import exporting
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.ports import Subscriptions

from ab_auth.usecases.forget_exports import ForgetExports
from ab_auth.usecases.make_exports import MakeExports
from ab_auth.usecases.request_export import RequestExport


@dataclass(frozen=True, slots=True)
class ExportDesk:
    """The use cases around archives."""

    request: RequestExport
    make: MakeExports
    forget: ForgetExports


async def _no_place(_request: exporting.RequestExport) -> exporting.ExportState:
    raise DependencyUnavailable("There is no bucket to keep archives in")


def hear_exports(heard: Subscriptions, desk: ExportDesk | None) -> Subscriptions:
    """Adds it to what the service hears; without a bucket every wish is put off."""
    heard.answer(exporting.RequestExport, desk.request if desk else _no_place)
    return heard
