"""A watched job as Server-Sent Events, cheap enough to hold by the thousand."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from uuid import UUID

from ab_shared.contracts.jobs import JobSnapshot
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ab_gateway.domain import presenting
from ab_gateway.entrypoints.http.answers import NO_STORE
from ab_gateway.usecases.follow_job import Feed

HEARTBEAT = b": still here\n\n"
# Proxies that buffer (nginx) would hold events back until there are many.
STREAM_HEADERS = {**NO_STORE, "X-Accel-Buffering": "no"}
# One who takes nothing for so long has gone without saying so, or keeps us waiting on purpose.
SEND_SECONDS = 30.0
KEPT_FRAMES = 256


class Frames:
    """Events as they go over the wire: written once, however many watch the same job."""

    def __init__(self, most: int = KEPT_FRAMES) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[UUID, int], bytes] = OrderedDict()

    def of(self, snapshot: JobSnapshot) -> bytes:
        """The event of a snapshot."""
        name = (snapshot.id, snapshot.version)
        frame = self._kept.get(name)
        if frame is None:
            body = presenting.job(snapshot).model_dump_json()
            frame = f"id: {snapshot.version}\ndata: {body}\n\n".encode()
            self._kept[name] = frame
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return frame


class EventStream(Response):
    """Sends a feed until it ends, its client leaves or takes nothing any more.

    One task besides the request's own, where a streaming response has a task group of two: that
    and what hangs on it is most of what a silent listener costs.
    """

    def __init__(self, feed: Feed, frames: Frames, send_seconds: float = SEND_SECONDS) -> None:
        super().__init__(headers=STREAM_HEADERS, media_type="text/event-stream")
        del self.headers["content-length"]
        self._feed = feed
        self._frames = frames
        self._send_seconds = send_seconds

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the stream."""
        # A client that leaves closes the feed, which ends the loop below.
        leaving = asyncio.ensure_future(_gone(receive))
        leaving.add_done_callback(lambda _: self._feed.close())
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        try:
            await send(start)
            async for snapshot in self._feed.changes:
                frame = HEARTBEAT if snapshot is None else self._frames.of(snapshot)
                await self._patiently(send, _body(frame, more=True))
            await self._patiently(send, _body(b"", more=False))
        finally:
            leaving.cancel()
            self._feed.close()

    async def _patiently(self, send: Send, message: Message) -> None:
        try:
            async with asyncio.timeout(self._send_seconds):
                await send(message)
        except TimeoutError:
            raise ClientDisconnect from None


def _body(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
