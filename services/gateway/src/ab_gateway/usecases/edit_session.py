"""Editing a session: what is named changes, and only what is new in it is spoken."""

from __future__ import annotations

from uuid import UUID, uuid5

from ab_shared.contracts import editing, rpc
from ab_shared.contracts.http_library import EditedSessionV3, EditIn
from ab_shared.contracts.identifiers import SESSION_NAMESPACE
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.rendered import names_tag, rendered_session
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.sign_urls import SignUrls

ROUTE = "PATCH /sessions/{id}"
# As for a create: in a crowd it waits for its turn at two services.
EDIT_SECONDS = 12.0
# No session has this version: whoever edits one they have not seen is refused.
NONE = 0


class EditSession:
    """Edits follow each other by version; under a key each is done once."""

    def __init__(self, services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> None:
        self._services = services
        self._once = once
        self._sign_urls = sign_urls

    async def __call__(
        self,
        caller: Identity,
        session_id: UUID,
        wanted: EditIn,
        key: str | None,
        if_match: str | None,
    ) -> tuple[EditedSessionV3, str]:
        """The session and its ETag.

        Raises whatever refuses the key (see ``AnswerOnce``) or the edit: NotFound, Forbidden,
        Conflict for another version than ``if_match`` names, FreeLimitReached, ValidationFailed.
        """

        async def edit() -> editing.EditedSession:
            version = await self._version(caller, session_id, if_match)
            request = _request(caller, session_id, wanted, key, version)
            return await self._services.call(request, timeout=EDIT_SECONDS)

        said = (str(session_id), wanted.model_dump_json(exclude_unset=True), if_match or "")
        asked = keyed(caller.user_id, ROUTE, key, *said)
        made = await self._once(asked, editing.EditedSession, edit)
        fields = presenting.session_fields(made.session, self._sign_urls().sign)
        job_id = made.job.id if made.job else None
        body = EditedSessionV3(**fields, audio_job_id=job_id, new_reads=made.new_reads)
        return body, rendered_session(made.session).etag

    async def _version(
        self, caller: Identity, session_id: UUID, if_match: str | None
    ) -> int | None:
        """The version that is to be edited; None for whichever there is."""
        if if_match is None:
            return None
        # Never what is kept here: what is compared must be what is there.
        request = rpc.GetSession(session_id=session_id, user_id=caller.user_id)
        found = rendered_session(await self._services.call(request))
        return found.version if names_tag(if_match, found.etag) else NONE


def _request(
    caller: Identity, session_id: UUID, wanted: EditIn, key: str | None, version: int | None
) -> editing.EditSession:
    sent = wanted.model_fields_set
    sets_bed = not sent.isdisjoint({"solfeggio_hz", "frequency_hz"})
    return editing.EditSession(
        session_id=session_id,
        user_id=caller.user_id,
        edit_id=_edit_id(caller, session_id, key),
        if_version=version,
        title=wanted.title,
        lines=None if wanted.affirmations is None else tuple(wanted.affirmations),
        voice_id=wanted.voice_id,
        goal=editing.NewGoal(tag=wanted.goal_tag or None) if "goal_tag" in sent else None,
        bed=editing.Bed(solfeggio_hz=wanted.solfeggio_hz, frequency_hz=wanted.frequency_hz)
        if sets_bed
        else None,
    )


def _edit_id(caller: Identity, session_id: UUID, key: str | None) -> UUID | None:
    if key is None:
        return None
    return uuid5(SESSION_NAMESPACE, f"edit\n{caller.user_id}\n{session_id}\n{key}")
