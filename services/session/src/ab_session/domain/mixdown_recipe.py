"""What a mixdown is made of, and the address that follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts.identifiers import mixdown_address
from ab_shared.contracts.mixdowns import MIXDOWN_VERSION, RenderMixdown, RequestMixdown
from ab_shared.contracts.rpc import Mix
from ab_shared.contracts.stems import Stem, known_background
from ab_shared.errors import ValidationFailed

from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem, Track

# Until there is a job: new_mixdown puts its id here.
NO_JOB = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Layers:
    """The sounds as they are now; a stem that is made anew is another mixdown."""

    track: Track
    brain_layer: PublishedStem
    background: PublishedStem


def background_of(session: Session, request: RequestMixdown) -> str:
    """The stem id of the background asked for, else the session's own.

    Raises:
        ValidationFailed: there is no such background.
    """
    if request.background_id is None:
        return session.stem_ids[1]
    found: Stem | None = known_background(request.background_id)
    if found is None:
        raise ValidationFailed("There is no such background", details={"field": "backgroundId"})
    return found.stem_id


def mixdown_command(
    key: bytes, session: Session, request: RequestMixdown, layers: Layers
) -> RenderMixdown:
    """The command for a session's mixdown; the same recipe has the same address for everybody."""
    mix = request.mix or Mix()
    address = mixdown_address(
        key,
        [
            layers.track.track_address,
            # Keys hold the content addresses of stems.
            layers.brain_layer.asset.key,
            layers.background.asset.key,
            request.minutes,
            mix.model_dump(mode="json"),
            request.format,
            request.fade_out,
            session.title,
            MIXDOWN_VERSION,
        ],
    )
    return RenderMixdown(
        mixdown_address=address,
        job_id=NO_JOB,
        title=session.title,
        minutes=request.minutes,
        format=request.format,
        fade_out=request.fade_out,
        mix=mix,
        voice=layers.track.layer(),
        segments=layers.track.segments,
        brain_layer=layers.brain_layer.layer(session.layer.stem.hz),
        background=layers.background.layer(),
    )
