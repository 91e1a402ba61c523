"""Making a session, so that asking again is the same session and costs nothing more."""

from __future__ import annotations

from uuid import uuid4

from ab_shared.contracts import http, rpc
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.sign_urls import SignUrls

ROUTE = "POST /sessions"
# Longer than other calls: in a crowd a create waits for its turn at two services, and a refusal
# that comes late is worth more to a listener than no answer.
CREATE_SECONDS = 12.0


class CreateSession:
    """Names the session by who asks and under which key, and lets the session service make it."""

    def __init__(self, services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> None:
        self._services = services
        self._once = once
        self._sign_urls = sign_urls

    async def __call__(
        self, caller: Identity, draft: http.DraftSession, key: str | None
    ) -> http.CreatedSessionV3:
        """The session and its job, the same ones for the same ``localDraftId`` or ``key``.

        Raises whatever refuses the key (see ``AnswerOnce``) or the session: FreeLimitReached,
        ValidationFailed.
        """
        request = rpc.CreateSession(
            session_id=session_id_for(caller.user_id, _name(draft, key)),
            user_id=caller.user_id,
            draft=_for_session(draft),
        )
        asked = keyed(caller.user_id, ROUTE, key, draft.model_dump_json())
        made = await self._once(
            asked,
            rpc.CreatedSession,
            lambda: self._services.call(request, timeout=CREATE_SECONDS),
        )
        return presenting.created_session(made.session, made.job.id, self._sign_urls().sign)


def _name(draft: http.DraftSession, key: str | None) -> str:
    if draft.local_draft_id is not None:
        return str(draft.local_draft_id)
    # No draft's id holds a blank: a key that reads like one names another session.
    return str(uuid4()) if key is None else f"key {key}"


def _for_session(draft: http.DraftSession) -> rpc.SessionDraft:
    return rpc.SessionDraft(
        title=draft.title,
        goal_tag=draft.goal_tag or None,
        lines=tuple(draft.affirmations),
        voice_id=draft.voice_id,
        solfeggio_hz=draft.solfeggio_hz,
        frequency_hz=draft.frequency_hz,
    )
