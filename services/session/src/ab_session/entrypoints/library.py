"""Binds what owners do with their sessions: edit, delete, duplicate, mark, share."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import editing, sharing
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.delete_session import DeleteSession
from ab_session.usecases.duplicate_session import DuplicateSession
from ab_session.usecases.edit_session import EditSession
from ab_session.usecases.set_favourite import SetFavourite
from ab_session.usecases.share_session import GetShared, ShareSession


@dataclass(frozen=True, slots=True)
class Libraries:
    """The use cases behind these requests."""

    edit: EditSession
    delete: DeleteSession
    duplicate: DuplicateSession
    favourite: SetFavourite
    share: ShareSession
    shared: GetShared


def add_library(heard: Subscriptions, library: Libraries) -> None:
    """Adds these requests to what the service answers."""
    heard.answer(editing.EditSession, library.edit)
    heard.answer(editing.DeleteSession, library.delete)
    heard.answer(editing.DuplicateSession, library.duplicate)
    heard.answer(editing.SetFavourite, library.favourite)
    heard.answer(sharing.ShareSession, library.share)
    heard.answer(sharing.ListShares, library.share.list)
    heard.answer(sharing.RevokeShare, library.share.revoke)
    heard.answer(sharing.GetShared, library.shared)
