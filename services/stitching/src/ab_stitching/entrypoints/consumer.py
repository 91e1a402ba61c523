"""What the stitching service hears, and the use case each message goes to."""

from __future__ import annotations

from ab_shared.contracts import commands
from ab_shared.messaging.ports import Subscriptions

from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.publish_stem import PublishStem
from ab_stitching.usecases.render_track import RenderTrack


def subscriptions(
    prepare: PrepareRead, render: RenderTrack, publish: PublishStem, threads: int
) -> Subscriptions:
    """Everything this service listens to; one more of each than threads, so none of them waits."""
    heard = Subscriptions()
    heard.on(commands.PrepareRead, prepare, prefetch=threads + 1)
    heard.on(commands.RenderTrack, render, prefetch=threads + 1)
    # A stem takes some 250 MB while it is made.
    heard.on(commands.PublishStem, publish, prefetch=1)
    return heard
