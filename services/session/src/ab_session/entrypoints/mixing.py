"""What is heard about offline files."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import events, mixdowns, offline
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.drop_unwanted import DropUnwanted
from ab_session.usecases.get_download import GetDownload
from ab_session.usecases.list_offline import ForgetOffline, ListOffline
from ab_session.usecases.on_mixdown_event import (
    OnMixdownFailed,
    OnMixdownProgressed,
    OnMixdownRendered,
)
from ab_session.usecases.renew_licences import RenewLicences
from ab_session.usecases.request_mixdown import RequestMixdown


@dataclass(frozen=True, slots=True)
class Mixing:
    """The use cases behind it; ``drop`` is a chore only, ``licences`` one too."""

    request: RequestMixdown
    download: GetDownload
    shelf: ListOffline
    forget: ForgetOffline
    progressed: OnMixdownProgressed
    rendered: OnMixdownRendered
    failed: OnMixdownFailed
    licences: RenewLicences
    drop: DropUnwanted


def add_mixing(heard: Subscriptions, mixing: Mixing) -> None:
    """Adds it to what the service hears."""
    heard.answer(mixdowns.RequestMixdown, mixing.request)
    heard.answer(mixdowns.GetDownload, mixing.download)
    heard.answer(offline.ListOffline, mixing.shelf)
    heard.answer(offline.ForgetOffline, mixing.forget)
    heard.on(mixdowns.MixdownProgressed, mixing.progressed)
    heard.on(mixdowns.MixdownRendered, mixing.rendered)
    heard.on(mixdowns.MixdownFailed, mixing.failed)
    heard.on(events.EntitlementChanged, mixing.licences.changed)
