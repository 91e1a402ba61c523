"""Keeps what leaves no row to count by: who signed up, and who had lines written."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC

from ab_shared.contracts.affirmations import WriteAffirmations, WrittenAffirmations
from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import AbError
from ab_shared.runtime.clock import Clock

from ab_session.back_office_ports import Analytics

logger = logging.getLogger("ab.session")
Write = Callable[[WriteAffirmations], Awaitable[WrittenAffirmations]]


@dataclass(frozen=True, slots=True)
class CountSignUp:
    """Told twice it counts once."""

    analytics: Analytics

    async def __call__(self, event: UserRegistered) -> None:
        """On the day they came, however late it is told."""
        day = event.registered_at.astimezone(UTC).date()
        async with self.analytics.begin() as unit:
            await unit.note("signed_up", event.user_id, day)


@dataclass(frozen=True, slots=True)
class CountWriting:
    """The writer itself, each answer of it counted; one that cannot be counted is given too."""

    write: Write
    analytics: Analytics
    clock: Clock

    async def __call__(self, request: WriteAffirmations) -> WrittenAffirmations:
        """As the writer answers."""
        written = await self.write(request)
        try:
            async with self.analytics.begin() as unit:
                day = self.clock().astimezone(UTC).date()
                await unit.note("generated", request.user_id, day)
        except AbError as error:
            logger.warning("A writing went uncounted", extra={"error": type(error).__name__})
        return written
