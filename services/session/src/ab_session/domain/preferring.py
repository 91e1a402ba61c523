"""What preferences change about what is played: the mix and the background."""

from __future__ import annotations

from ab_shared.contracts.mixdowns import RequestMixdown
from ab_shared.contracts.preferences import Preferences
from ab_shared.contracts.rpc import Mix
from ab_shared.contracts.stems import known_background

from ab_session.domain.session import Session


def mix_of(preferences: Preferences | None) -> Mix:
    """The saved mix, else the default one."""
    return preferences.mix if preferences else Mix()


def preferred_background(session: Session, preferences: Preferences | None) -> str:
    """The stem id of the saved background, else the session's own.

    Whoever saved no preferences gets the session's: the default of preferences (``ocean``) is
    what the app shows, not a choice. Nor is a background that nobody knows.
    """
    found = known_background(preferences.background_id) if preferences else None
    return found.stem_id if found else session.stem_ids[1]


def as_preferred(
    request: RequestMixdown, session: Session, preferences: Preferences | None
) -> RequestMixdown:
    """The wish with what it leaves open filled in."""
    if preferences is None:
        return request
    background = request.background_id or preferred_background(session, preferences)
    return request.model_copy(
        update={"mix": request.mix or preferences.mix, "background_id": background}
    )
