"""What is heard of offline files, on queues of their own: no track waits behind one."""

from __future__ import annotations

from ab_shared.contracts import mixdowns
from ab_shared.contracts.offline import DropMixdowns as DropCommand
from ab_shared.messaging.ports import Subscriptions

from ab_stitching.usecases.cancel_mixdown import CancelMixdown
from ab_stitching.usecases.drop_mixdowns import DropMixdowns
from ab_stitching.usecases.render_mixdown import RenderMixdown


def add_mixing(
    heard: Subscriptions, render: RenderMixdown, cancel: CancelMixdown, drop: DropMixdowns
) -> None:
    """Adds the three commands to what the service hears."""
    # Minutes of work each: those that wait are left to other instances.
    heard.on(mixdowns.RenderMixdown, render, prefetch=1)
    heard.on(mixdowns.CancelMixdown, cancel)
    heard.on(DropCommand, drop, prefetch=1)
