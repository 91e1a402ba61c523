"""What is heard about offline files."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import mixdowns
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.get_download import GetDownload
from ab_session.usecases.on_mixdown_event import (
    OnMixdownFailed,
    OnMixdownProgressed,
    OnMixdownRendered,
)
from ab_session.usecases.request_mixdown import RequestMixdown


@dataclass(frozen=True, slots=True)
class Mixing:
    """The use cases behind it."""

    request: RequestMixdown
    download: GetDownload
    progressed: OnMixdownProgressed
    rendered: OnMixdownRendered
    failed: OnMixdownFailed


def add_mixing(heard: Subscriptions, mixing: Mixing) -> None:
    """Adds it to what the service hears."""
    heard.answer(mixdowns.RequestMixdown, mixing.request)
    heard.answer(mixdowns.GetDownload, mixing.download)
    heard.on(mixdowns.MixdownProgressed, mixing.progressed)
    heard.on(mixdowns.MixdownRendered, mixing.rendered)
    heard.on(mixdowns.MixdownFailed, mixing.failed)
