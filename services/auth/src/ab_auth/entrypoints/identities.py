"""What the auth service hears of other issuers' users, and the clock of comparisons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from ab_shared.contracts import identity_events
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.context import Context, bound

from ab_auth.usecases.ask_comparison import AskComparison
from ab_auth.usecases.compare_identities import CompareIdentities
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.meet_users import MeetUsers
from ab_auth.usecases.store_identity_event import StoreIdentityEvent

# How soon another instance notices what was asked of one that is gone.
LOOK_SECONDS = 60.0
logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class IdentityDesk:
    """The use cases around other issuers' users; ``compare`` is None where no list can be read."""

    meet: MeetUser
    meet_many: MeetUsers
    store: StoreIdentityEvent
    ask: AskComparison
    compare: CompareIdentities | None
    wake: asyncio.Event = field(default_factory=asyncio.Event)


def hear_identities(heard: Subscriptions, desk: IdentityDesk) -> Subscriptions:
    """Adds it to what is heard already."""
    heard.on(identity_events.MeetUser, desk.meet)
    heard.on(identity_events.MeetUsers, desk.meet_many)
    heard.answer(identity_events.StoreIdentityEvent, desk.store)
    heard.answer(identity_events.ReconcileIdentities, desk.ask)
    return heard


@asynccontextmanager
async def comparing(desk: IdentityDesk, seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
    """Does comparisons that are due inside the block; a look now and then, or when woken."""
    if desk.compare is None:
        yield
        return
    task = asyncio.create_task(_compare(desk.compare, desk.wake, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _compare(compare: CompareIdentities, wake: asyncio.Event, seconds: float) -> None:
    while True:
        wake.clear()
        try:
            with bound(Context()):
                await compare()
        except Exception as error:  # the lease runs out, and the next look may fare better
            logger.warning("A comparison broke off", extra={"error": type(error).__name__})
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), seconds)
