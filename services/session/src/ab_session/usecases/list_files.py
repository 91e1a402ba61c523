"""Every file of sessions, as their manifests name them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from uuid import UUID

from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MIXDOWN_TYPES, DownloadItem, DownloadRole
from ab_shared.contracts.rpc import SessionAudio
from ab_shared.storage.keys import safe_file_name

from ab_session.domain.preferring import preferred_background
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem
from ab_session.ports import Unit

SUFFIXES = {content_type: suffix for suffix, content_type in MIXDOWN_TYPES.items()}
MINUTE_MS = 60_000


async def files_of(
    unit: Unit, user_id: str, sessions: Collection[Session]
) -> Mapping[UUID, tuple[DownloadItem, ...]]:
    """The track, the stems of the user's bundle and their mixdowns of this track.

    Three statements, however many sessions; one whose own parts do not all exist is left out.
    """
    saved = await unit.selves.preferences(user_id)
    wanted = {stem for session in sessions for stem in session.stem_ids}
    liked = {session.id: preferred_background(session, saved) for session in sessions}
    stems = await unit.sounds.stems(wanted.union(liked.values()))
    made: dict[tuple[UUID, str], list[tuple[str, AssetRef]]] = {}
    ids = [session.id for session in sessions]
    for session_id, track, address, asset in await unit.offline.files(user_id, ids):
        made.setdefault((session_id, track), []).append((address, asset))
    found: dict[UUID, tuple[DownloadItem, ...]] = {}
    for session in sessions:
        if session.audio is not None and stems.keys() >= set(session.stem_ids):
            mixdowns = made.get((session.id, session.audio.track_address), [])
            found[session.id] = (
                *_layers(session, session.audio, stems, liked[session.id]),
                *(_mixdown(session, address, asset) for address, asset in mixdowns),
            )
    return found


def _layers(
    session: Session, audio: SessionAudio, stems: Mapping[str, PublishedStem], liked: str
) -> tuple[DownloadItem, ...]:
    brain, own = (stems[stem] for stem in session.stem_ids)
    # As in the bundle: the session's own until the one that the user saved is made.
    background = stems.get(liked, own)
    role: DownloadRole = "binaural" if session.layer.solfeggio_hz is None else "solfeggio"
    return (
        DownloadItem(
            asset_id=audio.track_address,
            role="affirmations",
            asset=audio.track,
            file_name="affirmations.m4a",
        ),
        _stem(role, brain.asset),
        _stem("background", background.asset),
    )


def _stem(role: DownloadRole, asset: AssetRef) -> DownloadItem:
    # The folder is the content address: a stem that is made anew is another file.
    key = PurePosixPath(asset.key)
    return DownloadItem(asset_id=key.parent.name, role=role, asset=asset, file_name=key.name)


def _mixdown(session: Session, address: str, asset: AssetRef) -> DownloadItem:
    minutes = round(asset.duration_ms / MINUTE_MS)
    suffix = SUFFIXES.get(asset.content_type, "m4a")
    name = safe_file_name(session.title, "Affirmations", f" {minutes} min.{suffix}")
    return DownloadItem(asset_id=address, role="mixdown", asset=asset, file_name=name)
