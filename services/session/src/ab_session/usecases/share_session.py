"""Links to a session: makes, lists and revokes them, and opens one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from ab_shared.contracts import rpc, sharing
from ab_shared.contracts.base import Empty
from ab_shared.errors import AudioNotReady, Conflict, NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain.session import Session
from ab_session.domain.sharing import MOST_SHARES, ShareLink, share_of
from ab_session.ports import Store, Unit
from ab_session.usecases.get_playback_bundle import GetPlaybackBundle
from ab_session.usecases.hold_session import owned

NOWHERE = "This link does not lead anywhere"


@dataclass(frozen=True, slots=True)
class ShareSession:
    """The token is the gateway's: what comes here is its SHA-256, and no more is kept."""

    store: Store
    clock: Clock

    async def __call__(self, request: sharing.ShareSession) -> sharing.Share:
        """The new link.

        Raises:
            NotFound, Forbidden: not a session of this user's; one of the catalogue.
            Conflict: a line is not approved, or there are too many links.
        """
        at = self.clock()
        async with self.store.begin() as unit:
            # Held, so that two at once are counted one after the other.
            session = owned(
                await unit.sessions.find(request.session_id, hold=True), request.user_id
            )
            if not await unit.moderation.all_approved(session.id):
                raise Conflict("Lines of this session have not been approved for others yet")
            if len(await unit.library.links(session.id, at)) >= MOST_SHARES:
                raise Conflict("This session has too many links; revoke one first")
            link = ShareLink(
                id=uuid4(),
                user_id=request.user_id,
                session_id=session.id,
                token_hash=request.token_hash,
                created_at=at,
                expires_at=at + timedelta(hours=request.expires_in_hours),
            )
            await unit.library.add_link(link)
        return share_of(link)

    async def list(self, request: sharing.ListShares) -> sharing.ShareList:
        """Links that hold; NotFound and Forbidden as above."""
        async with self.store.begin() as unit:
            session = owned(await unit.sessions.find(request.session_id), request.user_id)
            links = await unit.library.links(session.id, self.clock())
        return sharing.ShareList(shares=tuple(share_of(link) for link in links))

    async def revoke(self, request: sharing.RevokeShare) -> Empty:
        """Ends a link; one that is not there has ended already."""
        async with self.store.begin() as unit:
            session = owned(await unit.sessions.find(request.session_id), request.user_id)
            await unit.library.cut_link(session.id, request.share_id)
        return Empty()


@dataclass(frozen=True, slots=True)
class OpenShare:
    """Finds what a link shows; every way in which it may not hold looks the same."""

    clock: Clock

    async def __call__(self, unit: Unit, token_hash: str) -> tuple[Session, ShareLink]:
        """The session as it is now, and the link.

        Raises:
            NotFound: unknown, expired or revoked, or a line is not approved any more.
        """
        link = await unit.library.link(token_hash)
        session = await unit.sessions.find(link.session_id) if link else None
        holds = link is not None and link.holds(self.clock())
        if not holds or link is None or session is None:
            raise NotFound(NOWHERE)
        if not await unit.moderation.all_approved(session.id):
            raise NotFound(NOWHERE)
        return session, link


@dataclass(frozen=True, slots=True)
class GetShared:
    """What somebody who holds a link may see and hear; it costs nobody anything."""

    store: Store
    open: OpenShare
    bundle: GetPlaybackBundle

    async def __call__(self, request: sharing.GetShared) -> sharing.SharedSession:
        """Title, lines and the bundle, once there is one; NotFound as ``OpenShare``."""
        async with self.store.begin() as unit:
            session, link = await self.open(unit, request.token_hash)
        # As its owner hears it, their mix included.
        wanted = rpc.GetPlaybackBundle(session_id=session.id, user_id=session.owner_user_id)
        bundle: rpc.PlaybackBundle | None = None
        try:
            bundle = await self.bundle(wanted)
        except AudioNotReady:
            pass
        except NotFound:
            # Deleted between the two looks.
            raise NotFound(NOWHERE) from None
        return sharing.SharedSession(
            title=session.title,
            goal_tag=session.goal_tag,
            lines=session.lines,
            expires_at=link.expires_at,
            bundle=bundle,
        )
