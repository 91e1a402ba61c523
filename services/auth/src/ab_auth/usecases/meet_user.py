"""Makes the user of another issuer whom a good token named."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.identity_events import MeetUser as Command
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed

from ab_auth.domain.identities import Outsider
from ab_auth.ports import Store
from ab_auth.usecases.welcome_outsider import welcome

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class MeetUser:
    """Harmless to repeat, and to come before or after the issuer's own news."""

    store: Store
    clock: Clock

    async def __call__(self, command: Command) -> None:
        """The user is there afterwards, unless they left after that token was issued."""
        who = Outsider(command.issuer, command.subject, command.user_id)
        try:
            async with self.store.begin() as unit:
                await welcome(unit, who, self.clock(), command.issued_at)
        except Conflict:
            # The gateway's settings forbid it; a dead letter would only come back.
            extra = {"user": hashed(who.user_id), "issuer": who.issuer}
            logger.exception("A token names the user of another issuer", extra=extra)
