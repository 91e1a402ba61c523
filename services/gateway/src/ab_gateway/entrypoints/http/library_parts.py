"""The use cases behind what callers do with their sessions."""

from __future__ import annotations

from dataclasses import dataclass

from ab_gateway.usecases.edit_session import EditSession
from ab_gateway.usecases.keep_library import KeepLibrary
from ab_gateway.usecases.share_session import ShareSession


@dataclass(frozen=True, slots=True)
class LibraryParts:
    """Everything behind editing, deleting, marking and sharing."""

    edit: EditSession
    keep: KeepLibrary
    links: ShareSession
