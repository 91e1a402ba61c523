"""Content addresses and derived ids.

Addresses are HMAC-SHA256 (RFC 2104) under the deployment's key: a plain hash of a private sentence
could be guessed. Each kind of address is keyed apart by its label.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from uuid import UUID, uuid5

from ab_shared.contracts.speech import SpeechRecipe, Variant

# Any two UUIDs would do, but never others: a retry has to find the same session and job.
SESSION_NAMESPACE = UUID("6f3cfe4e-3c1c-5d0e-9f50-5a1f3f1f7a10")
JOB_NAMESPACE = UUID("b5b0c5ce-11c7-5c1c-8b6d-2a8a2d6c9e42")


def session_id_for(user_id: str, request_key: str) -> UUID:
    """The id of the session a user asks for under a key: asking again names the same one."""
    return uuid5(SESSION_NAMESPACE, f"{user_id}\n{request_key}")


def job_id_for(session_id: UUID, attempt: int) -> UUID:
    """The id of a session's n-th audio job (from 1)."""
    return uuid5(JOB_NAMESPACE, f"{session_id}\n{attempt}")


def mixdown_job_id_for(user_id: str, session_id: UUID, mixdown: str, attempt: int) -> UUID:
    """The id of a user's n-th job (from 1) for one offline file of a session."""
    return uuid5(JOB_NAMESPACE, f"{user_id}\n{session_id}\n{mixdown}\n{attempt}")


def _address(key: bytes, label: str, parts: Sequence[object]) -> str:
    # One spelling for one value: another separator or order would be another address for all.
    text = json.dumps([label, *parts], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def speech_address(key: bytes, text: str, recipe: SpeechRecipe, variant: Variant) -> str:
    """Address of raw speech: 64 hex digits. ``text`` is trimmed and NFC already."""
    performance = recipe.performance(variant)
    return _address(
        key,
        "speech",
        [
            text,
            recipe.provider,
            recipe.provider_voice,
            recipe.model,
            recipe.synthesis_version,
            performance.model_dump(mode="json"),
        ],
    )


def prepared_address(key: bytes, speech: str, profile_version: str) -> str:
    """Address of a read made ready for splicing: its speech under one audio profile."""
    return _address(key, "prepared", [speech, profile_version])


def track_address(key: bytes, prepared: Sequence[str]) -> str:
    """Address of a merged track: the sequence of its prepared reads."""
    return _address(key, "track", list(prepared))


def mixdown_address(key: bytes, recipe: Sequence[object]) -> str:
    """Address of an offline file: everything that is heard in it or written in its tags."""
    return _address(key, "mixdown", recipe)
