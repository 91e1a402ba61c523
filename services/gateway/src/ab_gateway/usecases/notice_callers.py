"""Noticing who comes by: users auth may not know yet, and people who impersonate one."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from ab_shared.contracts.audit import Details
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.identity_events import MOST_MET, MeetUser, MeetUsers, MetUser
from ab_shared.messaging.ports import Publisher
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.context import current
from ab_shared.runtime.deeds import audited
from ab_shared.runtime.gathering import Gathered
from prometheus_client import Counter

from ab_gateway.domain.identity import Verified
from ab_gateway.ports import TokenVerifier, Trail

# Short enough that whoever was erased and signs in anew is soon a user again.
MET_SECONDS = 600.0
AUDITED_SECONDS = 3600.0
MAX_REMEMBERED = 20_000
MAX_ON_THEIR_WAY = 200
NOTICED = Counter(
    "ab_gateway_callers_noticed_total",
    "Messages about callers: users met, impersonations audited; failed ones are tried again.",
    ("kind", "outcome"),
)
logger = logging.getLogger("ab.gateway")


class NoticeCallers:
    """A verifier that also looks at whom it has verified, never in the way of their request.

    Only fresh verifications pass here: a remembered token costs nothing. What is remembered is
    bounded, and to say something twice does no harm.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        outside_issuers: frozenset[str],
        messages: Publisher,
        trail: Trail,
        now: Clock,
    ) -> None:
        self._verifier = verifier
        self._outside_issuers = outside_issuers
        self._messages = messages
        self._trail = trail
        self._now = now
        self._said: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._met: Gathered[MetUser, None] = Gathered(self._tell, most=MOST_MET)
        self._tasks: set[asyncio.Task[None]] = set()

    async def verify(self, token: str) -> Verified:
        """As ``TokenVerifier.verify``."""
        verified = await self._verifier.verify(token)
        who = verified.identity
        # The built-in issuer signs for nobody whom auth does not know.
        if who.issuer in self._outside_issuers:
            self._say("met", who.user_id, MET_SECONDS, lambda: self._meet(verified))
        if who.acting is not None:
            sign_in = verified.session_id or f"{who.acting} {who.user_id}"
            self._say("audited", sign_in, AUDITED_SECONDS, lambda: self._audit(verified))
        return verified

    async def idle(self) -> None:
        """Returns when nothing more is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _say(
        self, kind: str, name: str, seconds: float, send: Callable[[], Awaitable[None]]
    ) -> None:
        key, now = (kind, name), self._now().timestamp()
        if self._said.get(key, float("-inf")) > now:
            return
        if len(self._tasks) >= MAX_ON_THEIR_WAY:
            # The broker is slow: the next token of this caller is a new try.
            NOTICED.labels(kind, "dropped").inc()
            return
        self._said[key] = now + seconds
        self._said.move_to_end(key)
        if len(self._said) > MAX_REMEMBERED:
            self._said.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._send(key, send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, key: tuple[str, str], send: Callable[[], Awaitable[None]]) -> None:
        try:
            await send()
        except Exception as error:  # the request has been answered; the next token tries again
            self._said.pop(key, None)
            NOTICED.labels(key[0], "failed").inc()
            extra = {"kind": key[0], "error": type(error).__name__}
            logger.warning("a caller could not be told of", extra=extra)
        else:
            NOTICED.labels(key[0], "sent").inc()

    async def _meet(self, verified: Verified) -> None:
        who = verified.identity
        met = MetUser(
            issuer=who.issuer,
            subject=who.subject or who.user_id,
            user_id=who.user_id,
            issued_at=datetime.fromtimestamp(verified.issued_at, UTC),
        )
        await self._met(met)

    async def _tell(self, met: Sequence[MetUser]) -> Sequence[None]:
        # One alone goes as it always did, which older releases of auth understand.
        alone = MeetUser(**dict(met[0])) if len(met) == 1 else None
        message = alone or MeetUsers(users=tuple(met))
        correlation_id = current().correlation_id
        envelope = wrap(message, producer="gateway", correlation_id=correlation_id)
        await self._messages.publish(envelope)
        return [None] * len(met)

    async def _audit(self, verified: Verified) -> None:
        who = verified.identity
        after: Details = {"session": verified.session_id, "issuer": who.issuer}
        deed = audited(
            "user.impersonate", f"user:{who.user_id}", who.acting or "unknown", "admin", after=after
        )
        await self._trail.record(deed)
