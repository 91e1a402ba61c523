"""Hearing that a session has changed."""

from __future__ import annotations

from ab_shared.contracts.events import SessionChanged

from ab_gateway.ports import KeptLists, KeptSessions


class EvictSession:
    """The next look asks the session service again, for the session and for its owner's list."""

    def __init__(self, sessions: KeptSessions, lists: KeptLists) -> None:
        self._sessions = sessions
        self._lists = lists

    async def __call__(self, event: SessionChanged) -> None:
        """Late news of what is known already changes nothing but the list, which has no version."""
        # What is gone has no newer version: an answer from just before must not come back.
        self._sessions.evict(event.session_id, event.version + event.deleted)
        if event.owner_user_id is None:
            self._lists.drop_all()
        else:
            self._lists.drop(event.owner_user_id)
